/** What the page's script draws: the report writes it as JSON into the page. */

/** A line of a chart; `y` is as long as `x`, null where there is no value. */
export interface Series {
  readonly label: string;
  /** Color on the light and on the dark page. */
  readonly color: readonly [string, string];
  readonly dash?: readonly number[];
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
}

export interface Variant {
  /** What the switch says; empty where there is only one. */
  readonly name: string;
  readonly series: readonly Series[];
}

/** One chart shows one of its variants at a time. */
export interface Chart {
  readonly id: string;
  readonly title: string;
  readonly note: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly log: boolean;
  /** Least upper end of the y axis, e.g. 1 for a probability. */
  readonly top?: number;
  readonly fromZero: boolean;
  readonly variants: readonly Variant[];
  /** Ends of the x axis; the same for the charts over all iterations, so that they can be read together. */
  readonly xRange: readonly [number, number];
  /** Pixels. */
  readonly height: number;
  /** Charts of one group show the same x under the pointer; undefined for a chart on its own. */
  readonly group?: string;
  /** Vertical lines. */
  readonly marks: readonly { readonly x: number; readonly label: string }[];
}
