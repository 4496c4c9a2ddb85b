import { DARK } from '../image/verify-image.ts';
import type { Problems } from '../problems.ts';
import type { CheckPart, ReadImage } from './types.ts';

/** Warns of what decodes without a fault and may still not be what was annotated. */
export function checkPixels(part: CheckPart, read: readonly ReadImage[], warnings: Problems): void {
  for (const item of read) {
    if (item.black === true) warnOfBlack(item, warnings);
    if (part.annotated && part.role !== 'unlabeled') warnOfOrientation(item, warnings);
  }
}

function warnOfBlack({ image }: ReadImage, warnings: Problems): void {
  warnings.add({
    file: image.path,
    at: '',
    found: `no value above ${DARK} of 255`,
    kind: 'images that decode to black',
    advice:
      'a detector sees next to nothing in them. 10 or 12 bits in a file of 16, and masks of classes, look so: scale the values to the whole range, or give the pictures',
    skips: 'nothing',
  });
}

/**
 * Where EXIF exchanges width and height, the stated size tells whether the annotations know of it; where it does not,
 * nothing tells. A loader fills in the file's own size where none is stated, which tells as little and is not warned
 * of; without any size are the images of `readCoco` and of data sets made by hand.
 */
function warnOfOrientation({ image, orientation, width, height }: ReadImage, warnings: Problems): void {
  if (orientation === undefined || image.annotations.length === 0) return;
  if (orientation >= 5 && width !== height && image.width !== undefined) return;
  warnings.add({
    file: image.path,
    at: '',
    found: `EXIF orientation ${orientation} (${MEANING[orientation] ?? 'unknown'}), which the size does not show`,
    kind: 'annotated images that EXIF turns or mirrors unseen by their size',
    advice:
      'their boxes are taken for those of the picture as it is seen, turned by EXIF: draw some of them to see that they are',
    skips: 'nothing',
  });
}

const MEANING: Readonly<Record<number, string>> = {
  2: 'mirrored',
  3: 'turned by 180°',
  4: 'upside down and mirrored',
  5: 'mirrored and turned by 90°',
  6: 'turned by 90°',
  7: 'mirrored and turned by 90°',
  8: 'turned by 90°',
};
