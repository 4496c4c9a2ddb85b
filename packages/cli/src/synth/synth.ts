import { synthesize, type SynthSplit } from '@sed/datasets-coco/synth';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { createTalk } from '../ui/console.ts';
import { progressBar } from '../ui/progress-bar.ts';
import { table } from '../ui/text.ts';

export interface SynthChoices {
  readonly out: string;
  readonly images?: number;
  readonly seed: number;
  readonly splits?: string;
  readonly unlabeled?: string;
  readonly difficulty?: 'easy' | 'medium' | 'hard';
  readonly classes?: string;
  readonly width: number;
  readonly height: number;
  readonly json?: boolean;
}

/** `sed-cli synth`. Ctrl-C stops between two images. */
export async function synthCommand(options: SynthChoices, context: Context): Promise<void> {
  const { io } = context;
  const splits = [
    ...parseSplits('--splits', options.splits, true),
    ...parseSplits('--unlabeled', options.unlabeled, false),
  ];
  if (splits.length === 0 && options.images === undefined)
    throw new UsageError('How many images? Give --images 100, or --splits train=80,val=20.');
  if (options.splits === undefined && splits.length > 0)
    throw new UsageError('--unlabeled needs --splits beside it, e.g. --splits train=80,val=20.');
  const sum = splits.reduce((total, s) => total + s.images, 0);
  if (splits.length > 0 && options.images !== undefined && options.images !== sum) {
    throw new UsageError(
      `--images is ${options.images}, but the splits add up to ${sum}: leave out --images, or make them agree.`,
    );
  }
  const talk = createTalk(io);
  const abort = new AbortController();
  const stopListening = io.onInterrupt(() => abort.abort(new Error('Stopped.')));
  try {
    const result = await synthesize({
      out: context.path(options.out),
      seed: options.seed,
      width: options.width,
      height: options.height,
      signal: abort.signal,
      ...(options.images === undefined ? {} : { images: options.images }),
      ...(splits.length === 0 ? {} : { splits }),
      options: {
        ...(options.difficulty === undefined ? {} : { difficulty: options.difficulty }),
        ...(options.classes === undefined ? {} : { classes: options.classes.split(',').map((c) => c.trim()) }),
      },
      onProgress: ({ split, done, total }) =>
        talk.status(progressBar(split, done / total, `${done} of ${total} images`)),
    });
    talk.clear();
    if (options.json) context.json(result);
    else {
      const rows = result.splits.map((s) => [
        s.name,
        String(s.images),
        s.annotations === undefined ? '-' : String(s.objects),
        s.annotations ?? s.folder,
      ]);
      context.print(
        `${result.out}, ${result.classes.length} classes: ${result.classes.join(', ')}\n${table([['split', 'images', 'objects', ''], ...rows], '', [0, 3])}`,
      );
    }
  } finally {
    talk.clear();
    stopListening();
  }
}

/** `train=200,val=50`. */
function parseSplits(option: string, text: string | undefined, labeled: boolean): SynthSplit[] {
  if (text === undefined) return [];
  return text.split(',').map((part) => {
    const found = /^\s*([A-Za-z0-9][\w.-]*)\s*=\s*([1-9]\d*)\s*$/.exec(part);
    if (!found)
      throw new UsageError(
        `${option} has "${part}"; write name=count, e.g. ${option} ${labeled ? 'train=200,val=50' : 'unlabeled=500'}.`,
      );
    return { name: found[1]!, images: Number(found[2]), labeled };
  });
}
