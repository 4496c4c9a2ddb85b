/**
 * A decoded image: `pixels` is height · width · 3 bytes, RGB, rows from the top. The same shape as `@sed/augment`
 * takes.
 */
export interface DecodedImage {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** EXIF's orientation, which was applied: 2 to 8. Absent where the file is stored as it is seen. */
  readonly orientation?: number;
}
