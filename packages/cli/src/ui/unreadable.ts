import type { ImageRecord } from '@sed/datasets-coco';
import type { Talk } from './console.ts';

export interface Unreadable {
  /** The images that could not be read. */
  readonly images: ReadonlySet<ImageRecord>;
  /** For `onUnreadable` of predictions. */
  add: (image: ImageRecord, error: Error) => void;
}

/**
 * Warns of each image that cannot be read, once: several sizes or models come to it again.
 * @param consequence a sentence behind the reason: what becomes of the image
 */
export function createUnreadable(talk: Talk, consequence: string): Unreadable {
  const images = new Set<ImageRecord>();
  return {
    images,
    add(image, { message }) {
      if (!images.has(image)) talk.warn(`${message} ${consequence}`);
      images.add(image);
    },
  };
}
