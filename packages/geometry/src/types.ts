/** Width and height of an image, or of its valid part, in pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}
