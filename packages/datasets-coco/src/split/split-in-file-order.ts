import type { Dataset } from '../types.ts';
import { cocoStandardPositions, type DrawnVariant } from './coco-standard.ts';
import { readRawCoco } from './raw-coco.ts';
import { partition, type Split } from './split-by-fraction.ts';

/**
 * COCO-standard's fold of a data set in memory: the same labeled images as planCocoStandard draws. It draws over
 * positions in the file, which a {@link Dataset} (in id order) does not know, so the file is read for them.
 *
 * @param options.annotations the COCO file that `dataset` was read from
 */
export async function splitInFileOrder(options: {
  dataset: Dataset;
  annotations: string;
  percent: number;
  fold: number;
  variant: Exclude<DrawnVariant, 'soft-teacher'>;
}): Promise<Split> {
  const { dataset, annotations, percent, fold, variant } = options;
  const { imageIds } = await readRawCoco(annotations);
  // Images that were left out as faulty keep their position.
  const present = new Set(dataset.images.map(({ id }) => id));
  const labeledIds = cocoStandardPositions({ count: imageIds.length, percent, fold, variant })
    .map((position) => imageIds[position] as number)
    .filter((id) => present.has(id));
  return partition(dataset, labeledIds, `${percent} %, fold ${fold}, ${variant}`);
}
