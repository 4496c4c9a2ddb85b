import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { writeCoco } from '../coco/write-coco.ts';
import type { Dataset } from '../types.ts';
import { loadVoc } from '../voc/load-voc.ts';
import { VOC_CLASSES } from '../voc/classes.ts';
import type { ClassCounts } from './class-counts.ts';
import { readRawCoco } from './raw-coco.ts';
import { splitSet, type SplitIds, type SplitRecord } from './split-record.ts';
import { asideOf, writeList } from '../convert/write-file.ts';
import { writePart } from './write-part.ts';

/** VOC's protocol, read from a devkit. */
export interface VocPlan {
  readonly record: SplitRecord;
  readonly labeledIds: readonly number[];
  /** Boxes of each set, difficult ones too. */
  readonly boxes: Readonly<Record<string, number>>;
  /** Of the labeled set, which is all that is drawn from. */
  readonly classes: readonly ClassCounts[];
  /** What differs from the published sets, in sentences. */
  readonly notes: readonly string[];
  /** Writes the files into a folder; returns their paths, the file of ids last. */
  readonly write: (folder: string) => Promise<string[]>;
}

const SETS = {
  labeled: { set: 'VOC2007/trainval', file: 'voc07_trainval.json', images: 5_011 },
  unlabeled: { set: 'VOC2012/trainval', file: 'voc12_trainval-unlabeled.json', images: 11_540 },
  validation: { set: 'VOC2007/test', file: 'voc07_test.json', images: 4_952 },
} as const;

/**
 * The VOC protocol of STAC and everything after it: VOC 2007 trainval labeled, VOC 2012 trainval unlabeled, VOC 2007
 * test to evaluate on. The files are COCO JSON with file names relative to the devkit; difficult objects have
 * `ignore: 1`. The unlabeled file has the annotations that VOC 2012 has, for telemetry alone.
 *
 * @param options.test without it VOC 2007 test is not looked for. Default true.
 */
export async function planVoc(options: { devkit: string; test?: boolean }): Promise<VocPlan> {
  const { devkit, test = true } = options;
  const names = (['labeled', 'unlabeled', 'validation'] as const).filter((name) => test || name !== 'validation');
  const sets: { name: (typeof names)[number]; dataset: Dataset; ids: number[] }[] = [];
  for (const name of names) {
    const dataset = await loadVoc({
      voc: devkit,
      sets: SETS[name].set,
      classes: VOC_CLASSES,
      degenerate: 'drop',
    });
    sets.push({ name, dataset, ids: dataset.images.map(({ id }) => id) });
  }
  const setNamed = (name: (typeof names)[number]) => sets.find((set) => set.name === name) as (typeof sets)[number];
  const labeled = setNamed('labeled');
  const record: SplitRecord = {
    protocol: 'voc',
    variant: '07+12',
    description: 'VOC: 2007 trainval labeled, 2012 trainval unlabeled, 2007 test to evaluate on',
    source: { file: basename(devkit), images: sets.reduce((sum, { ids }) => sum + ids.length, 0) },
    labeled: splitSet(SETS.labeled.file, labeled.ids),
    unlabeled: splitSet(SETS.unlabeled.file, setNamed('unlabeled').ids),
    ...(test ? { validation: splitSet(SETS.validation.file, setNamed('validation').ids) } : {}),
  };
  return {
    record,
    labeledIds: labeled.ids,
    boxes: Object.fromEntries(sets.map(({ name, dataset }) => [name, boxesOf(dataset)])),
    classes: countClasses(labeled.dataset),
    notes: sets
      .filter(({ name, ids }) => ids.length !== SETS[name].images)
      .map(({ name, ids }) => `${SETS[name].set} has ${SETS[name].images} images, this devkit has ${ids.length}.`),
    async write(folder) {
      await mkdir(folder, { recursive: true });
      const files: string[] = [];
      for (const { name, dataset, ids } of sets) {
        const file = join(folder, SETS[name].file);
        const whole = asideOf(`${file}.whole`);
        try {
          await writeCoco(dataset, whole);
          await writePart({
            coco: await readRawCoco(whole),
            ids: new Set(ids),
            file,
            record: { ...record, part: name },
          });
        } finally {
          await rm(whole, { force: true });
        }
        files.push(file);
      }
      const path = join(folder, 'voc-ids.json');
      const content: SplitIds = { ...record, labeledIds: labeled.ids };
      await writeList(path, `${JSON.stringify(content)}\n`);
      return [...files, path];
    },
  };
}

const boxesOf = ({ images }: Dataset) => images.reduce((sum, { annotations }) => sum + annotations.length, 0);

function countClasses({ categories, images }: Dataset): ClassCounts[] {
  const rows = categories.map(({ name }) => ({ name, images: 0, boxes: 0 }));
  for (const { annotations } of images) {
    for (const { category } of annotations) rows[category]!.boxes++;
    for (const category of new Set(annotations.map((a) => a.category))) rows[category]!.images++;
  }
  return rows.map((row) => ({ ...row, labeledImages: row.images, labeledBoxes: row.boxes }));
}
