import { realpath } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { prefetch } from '../image/prefetch.ts';
import { Problems } from '../problems.ts';
import type { Dataset, ImageRecord } from '../types.ts';
import type { ImageFiles } from './types.ts';

/** Files at a time. */
const AHEAD = 32;

/**
 * Refuses images outside of the folders that the data set was said to have them in: annotations from elsewhere may name
 * any file of the machine, by `..`, by an absolute path or by a link. Links are followed where files are copied.
 *
 * @throws DataError that names the images
 */
export async function refuseOutside({ source, images, roots }: Dataset, imageFiles: ImageFiles): Promise<void> {
  if (roots === undefined || imageFiles === 'none') return;
  const real = (path: string) => (imageFiles === 'copy' ? realpath(path).catch(() => resolve(path)) : resolve(path));
  const within: string[] = [];
  for (const root of roots) within.push((await real(root)).replace(/[\\/]+$/, '') + sep);
  const problems = new Problems(source);
  const where = async (image: ImageRecord) => ({ image, path: await real(image.path) });
  for await (const { image, path } of prefetch(images, where, { ahead: AHEAD })) {
    if (within.some((root) => path.startsWith(root))) continue;
    problems.add({
      at: `image id ${image.id}`,
      found: `'${image.fileName}' is ${path}, which is not below ${roots.join(' or ')}`,
      kind: 'images outside of their folder',
      advice: 'nothing outside is copied: name an images folder that has all of them, or correct the names',
      skips: 'image',
    });
  }
  problems.throwIfAny();
}
