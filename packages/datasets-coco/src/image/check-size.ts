import type { Annotation, ImageRecord } from '../types.ts';
import type { ImageSize } from './decode.ts';

type Box = Annotation['bbox'];

/** What annotations say of an image file: its size, and boxes that tell which way it is turned. */
export type StatedSize = Pick<ImageRecord, 'path' | 'id' | 'width' | 'height' | 'beyond'> & {
  readonly annotations: readonly Pick<Annotation, 'bbox'>[];
};

/** A file of another size than its annotations state: what was found, the kind it is counted under, what to do. */
export interface SizeFault {
  readonly found: string;
  readonly kind: string;
  readonly advice: string;
}

/**
 * Compares a decoded image with the size that its annotations state. Where width and height are exchanged, EXIF's
 * orientation and the boxes tell why, and only one remedy is right: boxes that lie within the file's size need width
 * and height exchanged, boxes that lie within the stated size alone are of a picture that is not turned.
 *
 * @param size of the file, as it is seen; `orientation` is EXIF's, absent where it has none
 * @returns undefined where the sizes agree, or none is stated
 */
export function sizeFault(
  stated: StatedSize,
  size: ImageSize & { readonly orientation?: number },
): SizeFault | undefined {
  const { id, width, height } = stated;
  if (width === undefined || height === undefined) return undefined;
  if (width === size.width && height === size.height) return undefined;
  const found = (why: string) =>
    `is ${size.width}x${size.height}, but its annotations (image id ${id}) are for ${width}x${height}. ${why}`;
  if (width !== size.height || height !== size.width) return otherSize(found);
  const boxes = [...stated.annotations.map(({ bbox }) => bbox), ...(stated.beyond ?? [])];
  const inFile = boxes.every((box) => fits(box, size));
  const inStated = boxes.every((box) => fits(box, { width, height }));
  const { orientation = 1 } = size;
  const exif = orientation >= 5 ? `carries an EXIF rotation (orientation ${orientation})` : 'has no EXIF rotation';
  const within = `${size.width}x${size.height}`;
  if (inFile && !inStated) {
    return {
      found: found(`The file ${exif}, and its boxes lie within ${within}: width and height alone are exchanged.`),
      kind: 'image files whose width and height are exchanged in the annotations',
      advice: 'exchange width and height in the annotations; the boxes are right as they are',
    };
  }
  if (inStated && !inFile && orientation >= 5) {
    return {
      found: found(`The file ${exif} that its annotations do not know: its boxes lie within ${width}x${height} alone.`),
      kind: 'image files with an EXIF rotation that their annotations do not know',
      advice: 'save the files without the rotation (keeping the stored pixels), or turn the boxes',
    };
  }
  if (inStated && !inFile) {
    return {
      found: found(
        `The file ${exif}, and its boxes lie within ${width}x${height} alone: it was turned after annotation.`,
      ),
      kind: 'image files that were turned after annotation',
      advice: 'use the files that were annotated, or turn the boxes',
    };
  }
  if (!inStated) return otherSize(found);
  const boxesFit = boxes.length === 0 ? 'It has no box that could tell more' : 'Its boxes fit both';
  return {
    found: found(
      orientation >= 5
        ? `The file ${exif}. ${boxesFit}: either the boxes are of the stored picture, or width and height alone are.`
        : `The file ${exif}. ${boxesFit}: either width and height are exchanged in the annotations, or the file was turned after annotation.`,
    ),
    kind: 'image files turned against their annotations',
    advice:
      'draw the boxes on the picture as it is seen. Where they are right, exchange width and height in the annotations; where they are not, save the file ' +
      'without its rotation (keeping the stored pixels), or turn the boxes',
  };
}

const otherSize = (found: (why: string) => string): SizeFault => ({
  found: found('The images folder holds another version of the file, or it was resized after annotation.'),
  kind: 'image files of another size than their annotations state',
  advice: 'use the files that were annotated, or mend width, height and boxes in the annotations',
});

/** Whether a box lies in a size, but for a pixel: annotation tools round. What is no box says nothing. */
function fits([x, y, w, h]: Box, { width, height }: ImageSize): boolean {
  const edge = 1;
  return !(x < -edge || y < -edge || x + w > width + edge || y + h > height + edge);
}

/**
 * Throws where a decoded image has another size than its annotations state: its boxes would lie elsewhere, and nothing
 * else would tell. The message has the cause and the remedy, see {@link sizeFault}.
 */
export function checkSize(stated: StatedSize, size: ImageSize & { readonly orientation?: number }): void {
  const fault = sizeFault(stated, size);
  if (fault === undefined) return;
  throw new Error(`${stated.path} ${fault.found} ${fault.advice[0]?.toUpperCase()}${fault.advice.slice(1)}.`);
}
