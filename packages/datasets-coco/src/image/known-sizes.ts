import type { ImageRecord } from '../types.ts';
import { imageSize } from './decode.ts';
import { prefetch } from './prefetch.ts';

/** Files at a time. */
const AHEAD = 32;

/**
 * The sizes of images whose annotations state none, read from the files' headers (0.2 ms each). What cannot be read has
 * none.
 */
export async function readSizes(
  images: readonly Pick<ImageRecord, 'path' | 'width' | 'height'>[],
): Promise<Map<string, { readonly width: number; readonly height: number }>> {
  const unknown = images.filter(({ width, height }) => width === undefined || height === undefined);
  const sizes = new Map<string, { readonly width: number; readonly height: number }>();
  const read = ({ path }: Pick<ImageRecord, 'path'>) =>
    imageSize(path).then(
      ({ width, height }) => void sizes.set(path, { width, height }),
      () => undefined,
    );
  for await (const _ of prefetch(unknown, read, { ahead: AHEAD }));
  return sizes;
}

/** Whether a size is what tools write that do not know it: nothing, null, 0 or -1. */
export const isUnknownSize = (value: unknown): boolean =>
  value === undefined || value === null || value === 0 || value === -1;
