import type { Annotation, ImageRecord } from '../types.ts';
import type { Problems } from '../problems.ts';

/** Pixels by which corners may leave the image. */
const TOLERANCE = 1;
/** Of all boxes, at least this part must leave their images before corners are suspected. */
const SHARE = 0.1;

/**
 * Whether the boxes of a file are in another form than `[x, y, width, height]` in pixels. One box cannot say; all of
 * them can: of corners every box has x1 < x2 and y1 < y2 within the image, and many leave it when the second corner is
 * taken for a size.
 */
export class BoxForm {
  #boxes = 0;
  #outside = 0;
  #corners = 0;
  #parts = 0;

  add([x, y, w, h]: Annotation['bbox'], { width, height }: Pick<ImageRecord, 'width' | 'height'>): void {
    if (!(w > 0 && h > 0)) return;
    this.#boxes++;
    if (x >= 0 && y >= 0 && Math.max(x, y, w, h) <= 1) this.#parts++;
    if (width === undefined || height === undefined) return;
    if (x + w > width + TOLERANCE || y + h > height + TOLERANCE) this.#outside++;
    if (w > x && h > y && w <= width + TOLERANCE && h <= height + TOLERANCE) this.#corners++;
  }

  /** Notes what the boxes look like, where that is not what COCO has. */
  note(file: string, notes: Problems): void {
    const common = {
      file,
      at: 'annotations',
      skips: 'nothing' as const,
      kind: 'files whose boxes look like another form',
    };
    const advice =
      'bbox is [x, y, width, height] in pixels: look at some in `data browse`, and convert them if they are wrong';
    if (this.#boxes === 0) return;
    if (this.#parts === this.#boxes) {
      const found = `all values of the ${this.#boxes} boxes lie in 0 to 1, like parts of the image`;
      notes.add({ ...common, found, advice });
    } else if (this.#corners === this.#boxes && this.#outside >= SHARE * this.#boxes) {
      const found =
        `${this.#outside} of ${this.#boxes} boxes leave their image, and read as [x1, y1, x2, y2] all of them lie inside: ` +
        'they look like corners';
      notes.add({ ...common, found, advice });
    }
  }
}
