/**
 * Box geometry on the host, in plain typed arrays. Boxes are `[N, 4]` row by row, corners x1 y1 x2 y2 (pixels, or 0 …
 * 1), in one Float32Array of length 4 N. A box's width is x2 - x1, without the + 1 of older code; formulas and results
 * are torchvision's (`torchvision.ops`). Shapes: `N` boxes, `M` other boxes.
 */

/** Areas of `[N, 4]` boxes, `[N]`. */
export function boxAreas(boxes: Float32Array): Float32Array {
  const count = rowsOf('boxAreas', 'boxes', boxes);
  const areas = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    areas[i] = (boxes[4 * i + 2]! - boxes[4 * i]!) * (boxes[4 * i + 3]! - boxes[4 * i + 1]!);
  }
  return areas;
}

/**
 * Intersection over union of every box of `a` with every box of `b`, `[N, M]` row by row, in 0 … 1. Two boxes without
 * area have 0 (torchvision: NaN).
 */
export function pairwiseIou(a: Float32Array, b: Float32Array): Float32Array {
  const rows = rowsOf('pairwiseIou', 'a', a);
  const columns = rowsOf('pairwiseIou', 'b', b);
  const areas = boxAreas(b);
  const result = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    const x1 = a[4 * i]!;
    const y1 = a[4 * i + 1]!;
    const x2 = a[4 * i + 2]!;
    const y2 = a[4 * i + 3]!;
    const area = (x2 - x1) * (y2 - y1);
    for (let j = 0, k = 0; j < columns; j++, k += 4) {
      // Most pairs are apart: leave at the first side that says so. Comparisons, since Math.min is slower here.
      const right = b[k + 2]!;
      if (right <= x1) continue;
      const left = b[k]!;
      if (left >= x2) continue;
      const bottom = b[k + 3]!;
      if (bottom <= y1) continue;
      const top = b[k + 1]!;
      if (top >= y2) continue;
      const intersection =
        ((x2 < right ? x2 : right) - (x1 > left ? x1 : left)) * ((y2 < bottom ? y2 : bottom) - (y1 > top ? y1 : top));
      if (intersection > 0) result[i * columns + j] = intersection / (area + areas[j]! - intersection);
    }
  }
  return result;
}

/**
 * Generalized IoU (Rezatofighi et al. 2019) of every box of `a` with every box of `b`, `[N, M]` row by row, in -1 … 1:
 * IoU - (hull - union) / hull, the hull being the smallest box around both.
 */
export function pairwiseGeneralizedIou(a: Float32Array, b: Float32Array): Float32Array {
  const result = pairwiseIou(a, b);
  const [areasA, areasB] = [boxAreas(a), boxAreas(b)];
  const columns = areasB.length;
  for (let i = 0; i < areasA.length; i++) {
    for (let j = 0; j < columns; j++) {
      const width = Math.max(a[4 * i + 2]!, b[4 * j + 2]!) - Math.min(a[4 * i]!, b[4 * j]!);
      const height = Math.max(a[4 * i + 3]!, b[4 * j + 3]!) - Math.min(a[4 * i + 1]!, b[4 * j + 1]!);
      const hull = width * height;
      // From IoU = I / U and A + B = U + I: U = (A + B) / (1 + IoU).
      const union = (areasA[i]! + areasB[j]!) / (1 + result[i * columns + j]!);
      if (hull > 0) result[i * columns + j]! -= (hull - union) / hull;
    }
  }
  return result;
}

/** Boxes cut to an image `[0, width] x [0, height]`; a box outside becomes one without area on the border. */
export function clipBoxes(boxes: Float32Array, width: number, height: number): Float32Array {
  rowsOf('clipBoxes', 'boxes', boxes);
  const clipped = new Float32Array(boxes.length);
  for (let i = 0; i < boxes.length; i++) {
    clipped[i] = Math.min(Math.max(boxes[i]!, 0), i % 2 === 0 ? width : height);
  }
  return clipped;
}

/** Indices of the boxes whose width and height are both at least `minSize`, ascending. */
export function keepLargeBoxes(boxes: Float32Array, minSize: number): Int32Array {
  const count = rowsOf('keepLargeBoxes', 'boxes', boxes);
  const kept: number[] = [];
  for (let i = 0; i < count; i++) {
    // Rounded to float32 as torchvision has it, so that the decision is the same on the threshold.
    const width = Math.fround(boxes[4 * i + 2]! - boxes[4 * i]!);
    const height = Math.fround(boxes[4 * i + 3]! - boxes[4 * i + 1]!);
    if (width >= minSize && height >= minSize) kept.push(i);
  }
  return Int32Array.from(kept);
}

/** Boxes with x multiplied by `sx` and y by `sy`. */
export function scaleBoxes(boxes: Float32Array, sx: number, sy: number = sx): Float32Array {
  rowsOf('scaleBoxes', 'boxes', boxes);
  return boxes.map((value, i) => value * (i % 2 === 0 ? sx : sy));
}

/** Corners x1 y1 x2 y2 → center and size cx cy w h. */
export function cornersToCenters(boxes: Float32Array): Float32Array {
  const count = rowsOf('cornersToCenters', 'boxes', boxes);
  const result = new Float32Array(boxes.length);
  for (let i = 0; i < 4 * count; i += 4) {
    result[i] = (boxes[i]! + boxes[i + 2]!) / 2;
    result[i + 1] = (boxes[i + 1]! + boxes[i + 3]!) / 2;
    result[i + 2] = boxes[i + 2]! - boxes[i]!;
    result[i + 3] = boxes[i + 3]! - boxes[i + 1]!;
  }
  return result;
}

/** Center and size cx cy w h → corners x1 y1 x2 y2. */
export function centersToCorners(boxes: Float32Array): Float32Array {
  const count = rowsOf('centersToCorners', 'boxes', boxes);
  const result = new Float32Array(boxes.length);
  for (let i = 0; i < 4 * count; i += 4) {
    result[i] = boxes[i]! - boxes[i + 2]! / 2;
    result[i + 1] = boxes[i + 1]! - boxes[i + 3]! / 2;
    result[i + 2] = boxes[i]! + boxes[i + 2]! / 2;
    result[i + 3] = boxes[i + 1]! + boxes[i + 3]! / 2;
  }
  return result;
}

/** Number of rows of a `[N, 4]` array. */
export function rowsOf(op: string, name: string, boxes: ArrayLike<number>): number {
  if (boxes.length % 4 !== 0) {
    throw new Error(`${op}: ${name} must hold four numbers a box, its length ${boxes.length} is no multiple of 4`);
  }
  return boxes.length / 4;
}
