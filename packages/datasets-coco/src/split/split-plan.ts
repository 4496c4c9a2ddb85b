import { join } from 'node:path';
import type { RawCoco } from './raw-coco.ts';
import type { SplitIds, SplitRecord } from './split-record.ts';
import { writeList } from '../convert/write-file.ts';
import { writePart } from './write-part.ts';

/** A split that is known but not written. */
export interface SplitPlan {
  readonly record: SplitRecord;
  /** What the file of ids is called, without its `-ids.json`. */
  readonly name: string;
  /** Ids of the labeled images, rising. */
  readonly labeledIds: readonly number[];
  /** The labeled source, for counts of its classes. */
  readonly coco: RawCoco;
  /** The COCO files to be written; a set that is a source as it is has none. */
  readonly parts: readonly SplitPart[];
}

/** One COCO file of a {@link SplitPlan}. */
export interface SplitPart {
  readonly set: 'labeled' | 'unlabeled' | 'validation';
  readonly file: string;
  readonly coco: RawCoco;
  readonly ids: ReadonlySet<number>;
  readonly categories?: RawCoco;
}

/**
 * Writes the files of a plan into a folder: a COCO JSON for each part ({@link writePart}), and `{name}-ids.json`, a
 * {@link SplitIds}.
 *
 * @returns paths of the files, the file of ids last.
 */
export async function writeSplit(plan: SplitPlan, folder: string): Promise<string[]> {
  const files: string[] = [];
  for (const { set, file, coco, ids, categories } of plan.parts) {
    const path = join(folder, file);
    if (path === coco.file) throw new Error(`${path} is the source: write the split into another folder.`);
    const record = { ...plan.record, part: set };
    await writePart({ coco, ids, file: path, record, ...(categories && { categories }) });
    files.push(path);
  }
  const path = join(folder, `${plan.name}-ids.json`);
  const content: SplitIds = { ...plan.record, labeledIds: plan.labeledIds };
  await writeList(path, `${JSON.stringify(content)}\n`);
  return [...files, path];
}

/** The two parts that a file is split into, and the ids of both. */
export function twoParts(coco: RawCoco, name: string, labeledIds: readonly number[], within?: ReadonlySet<number>) {
  const labeled = new Set(labeledIds);
  const unlabeledIds = coco.imageIds.filter((id) => !labeled.has(id) && (within?.has(id) ?? true));
  const parts: SplitPart[] = [
    { set: 'labeled', file: `${name}.json`, coco, ids: labeled },
    { set: 'unlabeled', file: `${name}-unlabeled.json`, coco, ids: new Set(unlabeledIds) },
  ];
  return { unlabeledIds, parts };
}
