import { rowsOf } from './boxes.ts';

/** How a region's size gives its pyramid level (Lin et al. 2017, FPN, Eq 1). */
export interface RoiLevelOptions {
  /** Exponent of the first level's stride; default 2 (P2, stride 4). */
  readonly finest?: number;
  /** Exponent of the last level's stride; default 5 (P5, stride 32). */
  readonly coarsest?: number;
  /**
   * Where ε = 1e-6 keeps rounding from the level below: `torchvision` adds it to the logarithm, `mmdetection` to what
   * is taken the logarithm of.
   */
  readonly kind?: 'torchvision' | 'mmdetection';
}

const f = Math.fround;
const EPSILON = 1e-6;
/** Side of the square region, in pixels, that is at the beginning of level 4. */
const CANONICAL_SIDE = 224;

/**
 * The level of each box, ⌊4 + log2(√area / 224)⌋ limited to the levels there are, counted from the first: 0 is P2. In
 * float32, as the codes named do. A box without area, or reversed, is of the first level.
 * @param boxes corners in pixels, `[N, 4]`
 * @returns `[N]`
 */
export function assignRoiLevels(boxes: Float32Array, options: RoiLevelOptions = {}): Int32Array {
  const { finest = 2, coarsest = 5, kind = 'torchvision' } = options;
  const levels = new Int32Array(rowsOf('assignRoiLevels', 'boxes', boxes));
  for (let n = 0; n < levels.length; n++) {
    const width = f(boxes[4 * n + 2]! - boxes[4 * n]!);
    const height = f(boxes[4 * n + 3]! - boxes[4 * n + 1]!);
    const side = f(Math.sqrt(f(width * height)));
    const level =
      kind === 'torchvision'
        ? Math.floor(f(f(4 + f(Math.log2(f(side / CANONICAL_SIDE)))) + f(EPSILON)))
        : finest + Math.floor(f(Math.log2(f(f(side / f(CANONICAL_SIDE / 2 ** (4 - finest))) + f(EPSILON)))));
    // NaN, of a box with one negative side, is of the first level too
    levels[n] = level > finest ? Math.min(level, coarsest) - finest : 0;
  }
  return levels;
}
