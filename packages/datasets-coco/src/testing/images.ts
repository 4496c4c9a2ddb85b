import sharp from 'sharp';

/**
 * A plain image file of a size, as bytes. `orientation` is EXIF's, 1 to 8; the size is the stored one, before it is
 * applied.
 */
export function plainImage(
  width: number,
  height: number,
  options: { format?: 'jpeg' | 'png' | 'webp'; orientation?: number } = {},
): Promise<Buffer> {
  const image = sharp({ create: { width, height, channels: 3, background: '#456' } });
  const turned = options.orientation === undefined ? image : image.withMetadata({ orientation: options.orientation });
  return turned.toFormat(options.format ?? 'png').toBuffer();
}
