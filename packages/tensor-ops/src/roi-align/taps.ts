/**
 * Where RoIAlign looks. Bilinear interpolation and the mean over a bin's samples are separable, so a region's output is
 * `Σ_y Σ_x wy · wx · feature[y, x]` with taps (a cell and a weight) for each bin along each axis.
 */

/** Taps of all bins along one axis: those of bin i are `begin[i]` to `begin[i + 1] - 1`. */
export interface Taps {
  readonly begin: Int32Array;
  readonly cells: number[];
  readonly weights: number[];
}

const f = Math.fround;

/** What is the same for every region. */
export interface Sampling {
  readonly samplingRatio: number;
  readonly aligned: boolean;
}

/**
 * torchvision's samples along one axis, step by step in float32: a position below -1 or above the grid's size counts as
 * zero, one between the border and the outermost center has the outermost cell's value.
 * @param low first corner, pixels
 * @param high second corner, pixels; below `low` the bins run backwards
 * @param scale cells a pixel
 * @param bins output cells
 * @param size cells of the grid
 */
export function axisTaps(
  low: number,
  high: number,
  scale: number,
  bins: number,
  size: number,
  { samplingRatio, aligned }: Sampling,
): Taps {
  const offset = aligned ? 0.5 : 0;
  const start = f(f(low * f(scale)) - offset);
  const extent = f(f(f(high * f(scale)) - offset) - start);
  const length = aligned ? extent : Math.max(extent, 1);
  const bin = f(length / bins);
  // a length that is no number gives no sample
  const samples = samplingRatio > 0 ? samplingRatio : Number.isFinite(bin) ? Math.ceil(bin) : 0;
  const begin = new Int32Array(bins + 1);
  const cells: number[] = [];
  const weights: number[] = [];
  const add = (cell: number, weight: number, from: number): void => {
    for (let k = cells.length - 1; k >= from; k--) {
      if (cells[k] !== cell) continue;
      weights[k]! += weight;
      return;
    }
    cells.push(cell);
    weights.push(weight);
  };
  for (let i = 0; i < bins; i++) {
    const first = cells.length;
    begin[i] = first;
    const base = f(start + f(i * bin));
    for (let s = 0; s < samples; s++) {
      const position = f(base + f(f((s + 0.5) * bin) / samples));
      if (!(position >= -1 && position <= size)) continue;
      const inside = Math.max(position, 0);
      const lower = Math.floor(inside);
      if (lower >= size - 1) {
        add(size - 1, 1 / samples, first);
        continue;
      }
      const above = f(inside - lower);
      add(lower, f(1 - above) / samples, first);
      if (above > 0) add(lower + 1, above / samples, first);
    }
  }
  begin[bins] = cells.length;
  return { begin, cells, weights };
}
