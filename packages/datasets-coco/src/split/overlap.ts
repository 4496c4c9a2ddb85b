import { resolve } from 'node:path';
import type { Dataset, ImageRecord } from '../types.ts';
import { nothingUnlabeled, sharedImages, type PartRole } from './shared-images.ts';

/** Images that two data sets share. */
export interface Overlap {
  /** The images of the first data set whose file the second has too. */
  readonly images: readonly ImageRecord[];
  /** A sentence to warn with; undefined where they share none. */
  readonly warning: string | undefined;
}

/**
 * Which image files are in both data sets, by path, and what it means for a run.
 *
 * @param roles the places of the two in the run; default labeled and validation images
 */
export function overlap(
  a: Dataset,
  b: Dataset,
  roles: readonly [PartRole, PartRole] = ['labeled', 'validation'],
): Overlap {
  const paths = new Set(b.images.map((image) => resolve(image.path)));
  const images = a.images.filter((image) => paths.has(resolve(image.path)));
  if (images.length === 0) return { images, warning: undefined };
  const few =
    images
      .slice(0, 3)
      .map((image) => image.fileName)
      .join(', ') + (images.length > 3 ? ', …' : '');
  const { kind, advice } = sharedImages(roles);
  let warning =
    `${images.length} of the ${a.images.length} images of ${a.source} are also in ${b.source} (${few}). ` +
    `They are ${kind}: ${advice}.`;
  const shared = new Set(images.map(({ path }) => resolve(path)));
  if (roles[0] === 'labeled' && roles[1] === 'unlabeled' && b.images.every(({ path }) => shared.has(resolve(path)))) {
    const all = nothingUnlabeled(b.images.length);
    warning += ` And ${all.found}: ${all.advice}.`;
  }
  return { images, warning };
}
