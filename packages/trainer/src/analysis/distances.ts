/** Counting score distances on the host (the paper's Fig 2b). */
import { BACKGROUND, IGNORED, type PairMatches } from '@sed/detectors';

/** Rows of one kind: how many have which distance, an image on average. */
export interface DistanceGroup {
  /** Rows of all images together. */
  readonly rows: number;
  /** Rows an image, by bin. */
  readonly perImage: readonly number[];
  /** Mean of |s - s'|; null where there is no row. */
  readonly meanDistance: number | null;
}

export interface DistanceGroups {
  readonly all: DistanceGroup;
  /** Rows matched to an object. */
  readonly foreground: DistanceGroup;
  /** Rows matched to none. `all` has also those that are neither, between the thresholds of the matching. */
  readonly background: DistanceGroup;
  /** Foreground rows for each background row, by bin; null where there is no background row. */
  readonly ratio: readonly (number | null)[];
}

/** Where sums go. */
interface Tally {
  readonly counts: Float64Array;
  rows: number;
  sum: number;
}
type Kind = 'all' | 'foreground' | 'background';
type Tallies = Readonly<Record<Kind, Tally>>;

export interface DistanceCounter {
  /** Adds the rows of one pair of one batch. */
  add(distances: ArrayLike<number>, rows: Pick<PairMatches, 'matches' | 'levels'>): void;
  /**
   * All rows together, and by the full view's level, ascending, where rows have one. @param images the counts are
   * divided by
   */
  result(
    images: number,
  ): DistanceGroups & { readonly levels: readonly (DistanceGroups & { readonly level: number })[] };
}

/** @param bins equal bins over [0, 1]; a distance of 1 is in the last */
export function createDistanceCounter(bins: number): DistanceCounter {
  const tally = (): Tally => ({ counts: new Float64Array(bins), rows: 0, sum: 0 });
  const tallies = (): Tallies => ({ all: tally(), foreground: tally(), background: tally() });
  const whole = tallies();
  const byLevel = new Map<number, Tallies>();
  const count = (to: Tally, distance: number) => {
    to.counts[Math.min(bins - 1, Math.floor(distance * bins))]!++;
    to.rows++;
    to.sum += distance;
  };
  return {
    add(distances, { matches, levels }) {
      if (distances.length !== matches.length) {
        throw new Error(
          `A pair has ${distances.length} rows, its matches ${matches.length}; they must be of the same pair.`,
        );
      }
      for (let i = 0; i < matches.length; i++) {
        const [distance, match] = [distances[i]!, matches[i]!];
        const kind = match === IGNORED ? undefined : match === BACKGROUND ? 'background' : 'foreground';
        const level = levels?.[i];
        let own = level === undefined ? undefined : byLevel.get(level);
        if (level !== undefined && own === undefined) byLevel.set(level, (own = tallies()));
        for (const to of own ? [whole, own] : [whole]) {
          count(to.all, distance);
          if (kind) count(to[kind], distance);
        }
      }
    },
    result(images) {
      const levels = [...byLevel].sort(([a], [b]) => a - b);
      return {
        ...groupsOf(whole, images),
        levels: levels.map(([level, tallied]) => ({ level, ...groupsOf(tallied, images) })),
      };
    },
  };
}

function groupsOf({ all, foreground, background }: Tallies, images: number): DistanceGroups {
  const group = ({ counts, rows, sum }: Tally): DistanceGroup => ({
    rows,
    perImage: Array.from(counts, (n) => n / images),
    meanDistance: rows === 0 ? null : sum / rows,
  });
  const ratio = Array.from(foreground.counts, (n, i) =>
    background.counts[i] === 0 ? null : n / background.counts[i]!,
  );
  return { all: group(all), foreground: group(foreground), background: group(background), ratio };
}
