import type { ImageRecord } from '../types.ts';
import type { ImageSize } from './decode.ts';

/**
 * Throws where a decoded image has another size than its JSON states: its boxes would lie elsewhere, and nothing else would tell.
 * The usual cause is an EXIF rotation that the annotation tool ignored.
 */
export function checkSize(record: ImageRecord, { width, height }: ImageSize): void {
  if (record.width === undefined || record.height === undefined) return;
  if (record.width === width && record.height === height) return;
  const turned = record.width === height && record.height === width;
  throw new Error(
    `${record.path} is ${width}x${height}, but its annotations (image id ${record.id}) are for ${record.width}x${record.height}. ` +
      (turned
        ? 'The file carries an EXIF rotation that its annotations do not know: save it without (keeping the stored pixels) or turn the boxes.'
        : 'The images folder holds another version of the file, or it was resized after annotation.'),
  );
}
