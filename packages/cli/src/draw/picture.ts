import { decodeImage } from '@sed/datasets-coco';
import sharp from 'sharp';
import { boxesSvg, type DrawnBox } from './boxes.ts';

/** What the EXIF of a drawn picture names as its maker. */
const MAKER = 'sed-cli predict --draw';

/** Whether a file is a picture that {@link drawPicture} has made, by its beginning. */
export const isDrawn = (head: Buffer): boolean => head.includes(MAKER);

/** Draws boxes on an image file, as detectors see it, and returns a JPEG, marked as one that was drawn. */
export async function drawPicture(path: string, boxes: readonly DrawnBox[]): Promise<Buffer> {
  const { pixels, width, height } = await decodeImage(path);
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .composite([{ input: Buffer.from(boxesSvg(boxes, width, height)), left: 0, top: 0 }])
    .withExif({ IFD0: { Software: MAKER } })
    .jpeg({ quality: 90, chromaSubsampling: '4:4:4' })
    .toBuffer();
}

/** `.93`, or `1.0` where it rounds to one: a tag has no room for more. */
export function scoreLabel(score: number): string {
  const text = score.toFixed(2);
  return text === '1.00' ? '1.0' : text.slice(1);
}
