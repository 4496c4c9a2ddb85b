import { readJson } from '../coco/read-json.ts';
import { labeledCount } from './coco-standard.ts';
import type { RawCoco } from './raw-coco.ts';

/** What to do where the list is not there: no seed is known that makes it. */
export const SUPERVISION_MISSING =
  "Unbiased Teacher's folds are a list that was drawn once without a known seed, so they cannot be computed: bring dataseed/COCO_supervision.txt " +
  'of the repository facebookresearch/unbiased-teacher and name it as the supervision file.';

/**
 * Unbiased Teacher's folds: `COCO_supervision.txt` is `{percent: {run: positions}}`, with positions from 0 in
 * detectron2's list of the data set: sorted by image id, images without a box (or with crowds alone) left out. On
 * train2017 that list has 117,266 images.
 *
 * @param run 0 to 9 in the published file (the published configs use 1).
 * @returns ids of the labeled images, and how many images detectron2 would see: those left out are in neither part of
 *   Unbiased Teacher.
 * @throws Error where the file is of another form, or was made for another number of images.
 */
export async function unbiasedTeacherIds(options: {
  coco: RawCoco;
  percent: number;
  run: number;
  supervision: string;
}): Promise<{ ids: number[]; of: number; leftOut: number }> {
  const { coco, percent, run, supervision } = options;
  const withBoxes = new Set(coco.annotations.filter(({ crowd }) => !crowd).map(({ imageId }) => imageId));
  const list = coco.imageIds.filter((id) => withBoxes.has(id)).sort((a, b) => a - b);
  const positions = await readPositions(supervision, percent, run);
  const size = labeledCount(list.length, percent);
  const found = new Set(positions);
  const beyond = positions.find((p) => p >= list.length);
  if (positions.length !== size || found.size !== size || beyond !== undefined) {
    throw new Error(
      `${supervision} does not fit ${coco.file}: its list for ${percent} %, run ${run} has ${positions.length} positions ` +
        `(${found.size} different, the largest ${positions.reduce((a, b) => Math.max(a, b), -1)}), but ${percent} % of the ${list.length} images with boxes is ${size}. ` +
        'The published list is of instances_train2017.json (117,266 images with boxes).',
    );
  }
  return {
    ids: positions.map((p) => list[p] as number).sort((a, b) => a - b),
    of: list.length,
    leftOut: coco.imageIds.length - list.length,
  };
}

async function readPositions(file: string, percent: number, run: number): Promise<number[]> {
  const json = await readJson(file);
  const isTable = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isTable(json)) throw new Error(`${file} is not of the form {"1.0": {"0": [positions], …}, …}.`);
  const key = Object.keys(json).find((text) => Number(text) === percent);
  const runs = key === undefined ? undefined : json[key];
  if (!isTable(runs)) {
    throw new Error(`${file} has no list for ${percent} %; it has ${Object.keys(json).join(', ')} %.`);
  }
  const positions = runs[String(run)];
  if (!Array.isArray(positions)) {
    throw new Error(`${file} has no run ${run} for ${percent} %; it has ${Object.keys(runs).join(', ')}.`);
  }
  const bad = positions.findIndex((p) => !Number.isSafeInteger(p) || (p as number) < 0);
  if (bad >= 0)
    throw new Error(`${file}: ["${key}"]["${run}"][${bad}] is ${JSON.stringify(positions[bad])}, not a position.`);
  return positions as number[];
}
