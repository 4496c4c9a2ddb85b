/** A box as COCO's files have it: the corner x y and the size w h. */
type CocoBox = readonly [x: number, y: number, w: number, h: number];

/** How much of two boxes `x y w h` is common to both: intersection over union, in doubles; 0 where they only touch. */
export function cocoIou(a: CocoBox, b: CocoBox): number {
  const w = Math.min(a[0] + a[2], b[0] + b[2]) - Math.max(a[0], b[0]);
  const h = Math.min(a[1] + a[3], b[1] + b[3]) - Math.max(a[1], b[1]);
  if (w <= 0 || h <= 0) return 0;
  return (w * h) / (a[2] * a[3] + b[2] * b[3] - w * h);
}
