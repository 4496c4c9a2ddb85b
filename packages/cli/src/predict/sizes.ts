import type { ImageRecord } from '@sed/datasets-coco';
import { imageSize, prefetch } from '@sed/datasets-coco/image';

/** Headers that are read at a time. */
const AT_ONCE = 16;

/**
 * Compares the sizes that annotations state with those of the files: boxes are found in pixels of the files, and where
 * these are copies of another size, or turned, an evaluation compares them with other places. Files that cannot be read
 * are not for this to tell.
 * @returns a sentence, or none
 */
export async function sizeRemarks(images: readonly ImageRecord[], source: string): Promise<string[]> {
  const differ: string[] = [];
  const stated = images.filter(({ width = 0, height = 0 }) => width > 0 && height > 0);
  const compare = async ({ path, width, height }: ImageRecord) => {
    const size = await imageSize(path).catch(() => undefined);
    if (size !== undefined && (size.width !== width || size.height !== height))
      differ.push(`${path} is ${size.width}x${size.height}, there ${width}x${height}`);
  };
  for await (const _ of prefetch(stated, compare, { ahead: AT_ONCE }));
  if (differ.length === 0) return [];
  return [
    `${differ.length} of ${images.length} images have another size than ${source} states (${differ.sort()[0]}): boxes are found in pixels of the files, ` +
      'an evaluation on that file compares them with other places.',
  ];
}
