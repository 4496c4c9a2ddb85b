import type { PartRole } from '../split/shared-images.ts';
import type { ProblemSummary } from '../problems.ts';
import type { Dataset, ImageRecord, SourceSpec } from '../types.ts';
import type { ImageCheck, VerifiedImage } from '../image/verify-image.ts';

/** One data set to check, loaded with `onFault: 'skip'` so that everything wrong with it is known. */
export interface CheckPart {
  /** What the report calls it: `labeled`, or its path. */
  readonly name: string;
  /** Its place in a run. Images of `validation` in another part are a leak; without roles, only copies are told of. */
  readonly role?: PartRole;
  /** Whether it has annotations; images alone have none to miss. */
  readonly annotated: boolean;
  readonly dataset: Dataset & { readonly problems?: ProblemSummary; readonly notes?: ProblemSummary };
  /** Where it was read from; with it, files of its folders that no part uses are counted. */
  readonly sources?: readonly SourceSpec[];
}

export interface CheckDataOptions {
  /** Default: `whole` up to 20,000 images in all, `header` beyond. */
  readonly read?: ImageCheck;
  /** Problems of a kind that are kept in full; default 10,000. */
  readonly examples?: number;
  /** Sources that could not be opened at all, with the loader's Error. */
  readonly unopened?: readonly { readonly name: string; readonly error: Error }[];
  /**
   * The smallest factor by which training scales an image of this size; with it, boxes that become too small are told
   * of.
   */
  readonly smallestScale?: (image: { readonly width: number; readonly height: number }) => number;
  /** Pixels that a box has at least in training, with `smallestScale`; default 1. */
  readonly minimumBoxSize?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, images: number, doing: 'reading' | 'comparing') => void;
}

/** What is in one part, after what has faults is left out. */
export interface PartReport {
  readonly name: string;
  readonly source: string;
  /** Whether it has annotations; the counts of boxes are 0 where it has none. */
  readonly annotated: boolean;
  readonly images: number;
  readonly annotations: number;
  readonly crowds: number;
  readonly difficult: number;
  /** Boxes that are neither crowds nor difficult: those that a detector learns from. */
  readonly learnt: number;
  readonly imagesWithoutBoxes: number;
  /** Boxes by class name, in the order of the classes. */
  readonly classes: Readonly<Record<string, number>>;
}

export interface DataReport {
  readonly parts: readonly PartReport[];
  readonly read: ImageCheck;
  /** What stops a run, unless it is told to leave it out; `leftOut` counts what that would be. */
  readonly problems: ProblemSummary;
  /**
   * How many of them stop a run even then: nothing can be left out of data that is not there, or of classes that do not
   * agree.
   */
  readonly fatal: number;
  /** What no run stops at. */
  readonly warnings: ProblemSummary;
  /** Files below the folders of the parts that none of them uses, by reason; see `findUnused`. */
  readonly unused: ProblemSummary;
}

/** An image that could be read: what its file is like. */
export interface ReadImage extends VerifiedImage {
  readonly image: ImageRecord;
}
