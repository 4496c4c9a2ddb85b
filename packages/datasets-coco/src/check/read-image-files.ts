import { sizeFault } from '../image/check-size.ts';
import { prefetch } from '../image/prefetch.ts';
import { verifyImage, type ImageCheck, type VerifiedImage } from '../image/verify-image.ts';
import type { Problems } from '../problems.ts';
import type { ImageRecord } from '../types.ts';
import type { ReadImage } from './types.ts';

/** Files that are read at a time. */
const AT_ONCE = 8;

export interface ReadImageFilesOptions {
  /** `false` takes files of any size, for images without annotations. Default true. */
  readonly checkSizes?: boolean;
  /** Stops it; what was read so far is the result. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: () => void;
}

/**
 * Opens every image file. One that cannot be decoded, or whose size is not the one that its annotations state, is a
 * problem and left out of the result.
 */
export async function readImageFiles(
  images: readonly ImageRecord[],
  how: ImageCheck,
  problems: Problems,
  options: ReadImageFilesOptions = {},
): Promise<ReadImage[]> {
  const read: ReadImage[] = [];
  const verify = (image: ImageRecord) =>
    verifyImage(image.path, how).then(
      (found) => ({ image, found }),
      (error: Error) => ({ image, error }),
    );
  for await (const result of prefetch(images, verify, { ahead: AT_ONCE })) {
    if (options.signal?.aborted) break;
    const { image } = result;
    const problem =
      'error' in result
        ? unreadable(image, result.error)
        : options.checkSizes === false
          ? undefined
          : otherSize(image, result.found);
    if (problem === undefined && 'found' in result) read.push({ image, ...result.found });
    else if (problem !== undefined) {
      problems.add(problem);
      problems.leaveOut('images');
      problems.leaveOut('annotations', image.annotations.length);
    }
    options.onProgress?.();
  }
  return read;
}

const unreadable = ({ path }: ImageRecord, { message }: Error) => ({
  file: path,
  at: '',
  found: message.replace(`Cannot read the image ${path}: `, ''),
  kind: 'image files that cannot be read',
  advice: 'repair or replace the files, or take them out of the data set',
  skips: 'image' as const,
});

function otherSize(image: ImageRecord, size: VerifiedImage) {
  const fault = sizeFault(image, size);
  return fault && { ...fault, file: image.path, at: '', skips: 'image' as const };
}
