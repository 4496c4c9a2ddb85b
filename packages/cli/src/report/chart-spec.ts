import type { Chart, Variant } from '../client/chart.ts';
import { wantsLog } from './series.ts';

/** A chart before it is known with which others it stands on the page. */
export type ChartSpec = Omit<Chart, 'xRange' | 'group'> & Partial<Pick<Chart, 'xRange'>>;

export const ITERATION = 'iteration';

export type Given = Partial<ChartSpec> & Pick<ChartSpec, 'id' | 'title' | 'yLabel' | 'variants'>;

/** A chart over iterations, with what is not given as most charts have it. */
export function chartSpec(given: Given): ChartSpec {
  return { note: '', xLabel: ITERATION, log: false, fromZero: false, marks: [], height: 230, ...given };
}

/** What a chart has that shows one thing alone. */
export const oneVariant = (series: Variant['series']): readonly Variant[] => [{ name: '', series }];

/** The same chart, logarithmic where its values ask for that. */
export function logWhereWide(spec: ChartSpec): ChartSpec {
  return { ...spec, log: wantsLog(spec.variants[0]!.series) };
}
