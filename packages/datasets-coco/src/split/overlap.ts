import { resolve } from 'node:path';
import type { Dataset, ImageRecord } from '../types.ts';

/** Images that two data sets share. */
export interface Overlap {
  /** The images of the first data set whose file the second has too. */
  readonly images: readonly ImageRecord[];
  /** A sentence to warn with; undefined where they share none. */
  readonly warning: string | undefined;
}

/** Which image files are in both data sets, by path. Training images among the validation images make its numbers worthless. */
export function overlap(a: Dataset, b: Dataset): Overlap {
  const paths = new Set(b.images.map((image) => resolve(image.path)));
  const images = a.images.filter((image) => paths.has(resolve(image.path)));
  if (images.length === 0) return { images, warning: undefined };
  const few =
    images
      .slice(0, 3)
      .map((image) => image.fileName)
      .join(', ') + (images.length > 3 ? ', …' : '');
  return {
    images,
    warning:
      `${images.length} of the ${a.images.length} images of ${a.source} are also in ${b.source} (${few}): ` +
      'numbers measured on them say nothing about new images. Take them out of one of the two.',
  };
}
