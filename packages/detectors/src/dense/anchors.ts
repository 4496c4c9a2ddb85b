/**
 * The anchors of a pyramid, as plain typed arrays.
 *
 * Shapes: `H W` grid of a level, `A` anchors a cell; rows are ordered by y, x, anchor, and the anchors of a cell by
 * ratio, then size (torchvision's order). Boxes are `x1 y1 x2 y2` in pixels of the padded batch.
 */
export interface AnchorSettings {
  /** Anchors rounded to whole pixels around a cell's corner, or exact. */
  readonly kind: 'torchvision' | 'exact';
  /** Side of the smallest square anchor, in strides of its level. */
  readonly side: number;
  /** Sizes a level: side · 2^(k / octaveScales), k = 0 .. octaveScales - 1. */
  readonly octaveScales: number;
  /** Height over width. */
  readonly ratios: readonly number[];
  /** Where in its cell an anchor is centered, in strides: 0 the corner, 0.5 the middle. */
  readonly centerOffset: number;
  /**
   * Pixels between anchors: the true powers of two (default), which pairs of views need, or torchvision's ⌊image /
   * grid⌋, for its detections on any image.
   */
  readonly strides?: 'fixed' | 'derived';
}

export interface Grid {
  /** Pixels a cell: a power of two. */
  readonly stride: number;
  readonly height: number;
  readonly width: number;
  /**
   * Pixels between the anchors of neighboring cells, where these are not `stride`: torchvision divides the image by the
   * grid.
   */
  readonly steps?: { readonly x: number; readonly y: number };
}

/**
 * torchvision's steps for a grid over an image of this size in pixels, ⌊size / cells⌋. They are less than the stride
 * where the image is no multiple of it, so two views of one image may have anchors at other places.
 */
export function derivedSteps(
  { height, width }: Pick<Grid, 'height' | 'width'>,
  image: { readonly height: number; readonly width: number },
): { x: number; y: number } {
  return { x: Math.floor(image.width / width), y: Math.floor(image.height / height) };
}

/**
 * The grids of a pyramid's features, `[B, H, W, C]`, the finest with a stride of 2^finest.
 * @param image the padded size, in pixels
 */
export function gridsOf(
  features: readonly { readonly shape: readonly number[] }[],
  finest: number,
  image: { readonly height: number; readonly width: number },
  { strides }: AnchorSettings,
): Grid[] {
  return features.map(({ shape }, i) => {
    const grid = { height: shape[1]!, width: shape[2]! };
    const steps = strides === 'derived' ? { steps: derivedSteps(grid, image) } : {};
    return { stride: 2 ** (i + finest), ...grid, ...steps };
  });
}

export const anchorsPerCell = ({ ratios, octaveScales }: AnchorSettings): number => ratios.length * octaveScales;

/** To the nearest whole number, halves to the even one, as torch and NumPy round. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** The anchors of a cell around the point (0, 0): `[A · 4]`. */
export function baseAnchors({ kind, side, octaveScales, ratios }: AnchorSettings, stride: number): Float32Array {
  const boxes: number[] = [];
  for (const ratio of ratios) {
    for (let k = 0; k < octaveScales; k++) {
      const exact = side * stride * 2 ** (k / octaveScales);
      const size = kind === 'torchvision' ? Math.trunc(exact) : exact;
      // torchvision computes these in float32, which matters where a half is rounded
      const hRatio = Math.fround(Math.sqrt(ratio));
      const wRatio = Math.fround(1 / hRatio);
      const w = Math.fround(wRatio * size) / 2;
      const h = Math.fround(hRatio * size) / 2;
      const round = kind === 'torchvision' ? roundHalfToEven : (v: number): number => v;
      boxes.push(round(-w), round(-h), round(w), round(h));
    }
  }
  return Float32Array.from(boxes);
}

/** @returns `[H·W·A · 4]` */
export function gridAnchors(settings: AnchorSettings, { stride, height, width, steps }: Grid): Float32Array {
  const { x: stepX, y: stepY } = steps ?? { x: stride, y: stride };
  const base = baseAnchors(settings, stride);
  const anchors = new Float32Array(height * width * base.length);
  let at = 0;
  for (let y = 0; y < height; y++) {
    const cy = (y + settings.centerOffset) * stepY;
    for (let x = 0; x < width; x++) {
      const cx = (x + settings.centerOffset) * stepX;
      for (let i = 0; i < base.length; i += 4) {
        anchors[at++] = cx + base[i]!;
        anchors[at++] = cy + base[i + 1]!;
        anchors[at++] = cx + base[i + 2]!;
        anchors[at++] = cy + base[i + 3]!;
      }
    }
  }
  return anchors;
}

/**
 * A function that remembers the anchors of the grids it was last asked for: training meets few sizes, again and again.
 */
export function cachedGridAnchors(settings: AnchorSettings, capacity = 64): (grid: Grid) => Float32Array {
  const cache = new Map<string, Float32Array>();
  return (grid) => {
    const key = [grid.stride, grid.height, grid.width, grid.steps?.x, grid.steps?.y].join(' ');
    const anchors = cache.get(key) ?? gridAnchors(settings, grid);
    cache.delete(key);
    cache.set(key, anchors);
    if (cache.size > capacity) cache.delete(cache.keys().next().value!);
    return anchors;
  };
}
