import { openSource, writeCocoSet, writeVoc, writeYolo, type OpenedSource } from '@sed/datasets-coco';
import { sentencesOf } from '@sed/datasets-coco/check';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { sourceSettingsOf, sourcesOf, type SourceChoices } from '../sources/source-options.ts';
import { createTalk } from '../ui/console.ts';
import { progressBar } from '../ui/progress-bar.ts';

export interface ConvertChoices extends SourceChoices {
  readonly to: 'coco' | 'voc' | 'yolo';
  readonly out: string;
  readonly as: string;
  readonly imageFiles: 'copy' | 'link' | 'none';
  readonly json?: boolean;
}

const WRITERS = { coco: writeCocoSet, voc: writeVoc, yolo: writeYolo };

/**
 * `sed-cli convert`. Ctrl-C stops between two images; the set's own file is written last, so that a part is never taken
 * for the whole.
 */
export async function convertCommand(options: ConvertChoices, context: Context): Promise<void> {
  const { io } = context;
  const specs = sourcesOf(options, context);
  const talk = createTalk(io);
  const abort = new AbortController();
  const stopListening = io.onInterrupt(() => abort.abort(new Error('Stopped; the set is not whole.')));
  try {
    talk.status('reading');
    const dataset = await openSource(specs, { ...sourceSettingsOf(options), degenerate: 'drop' });
    if (options.to === 'yolo' && dataset.categories.length === 0) {
      throw new UsageError(`${dataset.source} has no classes, without which there is no YOLO data set.`);
    }
    const written = await WRITERS[options.to](dataset, context.path(options.out), {
      set: options.as,
      imageFiles: options.imageFiles,
      signal: abort.signal,
      onProgress: (done, all) => talk.status(progressBar('writing', done / all, `${done} of ${all} images`)),
    });
    talk.clear();
    const remarks = [...remarksOf(dataset), ...written.remarks];
    const { file, images, annotations } = written;
    const classes = dataset.categories.map(({ name }) => name);
    if (options.json) context.json({ file, images, annotations, classes, remarks });
    else {
      for (const remark of remarks) talk.warn(remark);
      context.print(`${images} images with ${annotations} boxes of ${classes.length} classes: ${file}`);
    }
  } finally {
    talk.clear();
    stopListening();
  }
}

function remarksOf({ remarks, notes, problems }: OpenedSource): string[] {
  const all = [...remarks, ...(notes === undefined ? [] : sentencesOf(notes))];
  if (problems.total > 0) {
    const kinds = problems.byKind.map(({ kind, count }) => `${count} × ${kind}`).join(', ');
    const { images, annotations } = problems.leftOut;
    all.push(`Faults: ${kinds}; left out: ${images} images, ${annotations} boxes. \`sed-cli data check\` lists them.`);
  }
  return all;
}
