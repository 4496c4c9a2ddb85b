/** What {@link sizeDistribution} finds. Without values every statistic is null and every bin 0. */
export interface Distribution {
  readonly count: number;
  readonly mean: number | null;
  /** σ of the population (divided by N), `numpy.std`. */
  readonly std: number | null;
  readonly min: number | null;
  readonly max: number | null;
  /** Percentiles, interpolated linearly, `numpy.percentile`. */
  readonly p10: number | null;
  readonly p25: number | null;
  readonly median: number | null;
  readonly p75: number | null;
  readonly p90: number | null;
  readonly histogram: Histogram;
}

/**
 * Bins `[edges[i], edges[i + 1])`, the last one with its end, as `numpy.histogram`; values outside are counted apart.
 */
export interface Histogram {
  readonly edges: readonly number[];
  readonly counts: readonly number[];
  readonly below: number;
  readonly above: number;
}

/** Bins of Fig 2a: 20 pixels each, up to 1,000. */
const BINS = { width: 20, end: 1000 } as const;

/** Edges 0, 20, …, 1000: the x axis of Fig 2a. */
export const SIZE_EDGES: readonly number[] = Array.from(
  { length: BINS.end / BINS.width + 1 },
  (_, i) => i * BINS.width,
);

/** Mean, σ, percentiles and histogram of instance sizes (Fig 2a), or of any numbers. The argument is left as it is. */
export function sizeDistribution(values: ArrayLike<number>, edges: readonly number[] = SIZE_EDGES): Distribution {
  const sorted = Float64Array.from(values).sort();
  const count = sorted.length;
  const histogram = histogramOf(sorted, edges);
  if (count === 0) {
    const none = { mean: null, std: null, min: null, max: null };
    return { count, ...none, p10: null, p25: null, median: null, p75: null, p90: null, histogram };
  }
  let sum = 0;
  for (const v of sorted) sum += v;
  const mean = sum / count;
  let squares = 0;
  for (const v of sorted) squares += (v - mean) ** 2;
  return {
    count,
    mean,
    std: Math.sqrt(squares / count),
    min: sorted[0]!,
    max: sorted[count - 1]!,
    p10: percentile(sorted, 0.1),
    p25: percentile(sorted, 0.25),
    median: percentile(sorted, 0.5),
    p75: percentile(sorted, 0.75),
    p90: percentile(sorted, 0.9),
    histogram,
  };
}

function percentile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  const from = sorted[low]!;
  return from + (sorted[Math.min(low + 1, sorted.length - 1)]! - from) * (at - low);
}

function histogramOf(sorted: Float64Array, edges: readonly number[]): Histogram {
  if (edges.length < 2 || edges.some((edge, i) => i > 0 && !(edge > edges[i - 1]!))) {
    throw new Error(`sizeDistribution: edges are [${edges.join(', ')}]; two or more are needed, each above the last.`);
  }
  const upTo = edges.map((edge) => countBelow(sorted, edge));
  const within = countBelow(sorted, edges.at(-1)!, true);
  const counts = Array.from(
    { length: edges.length - 1 },
    (_, i) => (i === edges.length - 2 ? within : upTo[i + 1]!) - upTo[i]!,
  );
  return { edges, counts, below: upTo[0]!, above: sorted.length - within };
}

/** How many of the ascending values are below `bound`, or not above it if `inclusive`. */
export function countBelow(sorted: ArrayLike<number>, bound: number, inclusive = false): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const value = sorted[middle]!;
    if (value < bound || (inclusive && value === bound)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The share of values that are not above each of `points`: the empirical distribution function (Fig 5). NaN without
 * values.
 */
export function cumulativeShares(values: ArrayLike<number>, points: ArrayLike<number>): Float64Array {
  const sorted = Float64Array.from(values).sort();
  return Float64Array.from(points, (point) => countBelow(sorted, point, true) / sorted.length);
}
