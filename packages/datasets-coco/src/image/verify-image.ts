import { decodePixels, type ImageSize } from './decode.ts';
import { endOf, explain } from './explain.ts';
import { inspectImage, seenSize } from './inspect.ts';
import { weightedLimit } from './weighted-limit.ts';

/**
 * How much of an image file is read: all of its pixels (some 3 ms an image of 640x480), or its header and its last
 * bytes (0.5 ms).
 */
export type ImageCheck = 'whole' | 'header';

/** What was found out about an image file that can be decoded. */
export interface VerifiedImage extends ImageSize {
  /** EXIF's orientation, which the size knows of: 2 to 8. Absent where the file is stored as it is seen. */
  readonly orientation?: number;
  /** Of the file. */
  readonly bytes: number;
  /** Whether it decodes to next to nothing: no value above {@link DARK}. Absent where the pixels were not read. */
  readonly black?: boolean;
}

/** The brightest value of 255 of an image that cannot be told from black: the high byte of 12-bit data in 16 bits. */
export const DARK = 15;

/** Pixels that are decoded at a time, whoever asks: 100 MB. A larger image waits until it is alone. */
const inTurn = weightedLimit(2 ** 25);

/**
 * Reads an image file to see whether it can be decoded: by the decoder of training itself, so that what passes here is
 * what can be trained on. By `header`, a JPEG, PNG, GIF or WebP without its end is read whole after all.
 *
 * @throws Error that names the file and what is wrong with it, in the words of `decodeImage`
 */
export async function verifyImage(path: string, how: ImageCheck): Promise<VerifiedImage> {
  try {
    const header = await inspectImage(path);
    const { stored, orientation, bytes } = header;
    const found = { ...seenSize(header), ...(orientation === 1 ? {} : { orientation }), bytes };
    if (how === 'header' && (await endOf(path, bytes)) !== 'missing') return found;
    const { pixels } = await inTurn(stored.width * stored.height, () => decodePixels(path, header));
    return { ...found, black: pixels.every((value) => value <= DARK) };
  } catch (cause) {
    throw await explain(path, cause);
  }
}
