import { hashIds } from './ids-hash.ts';

/** The protocols of {@link SplitRecord}. */
export type SplitProtocol = 'coco-standard' | 'coco-full' | 'coco-35k' | 'voc' | 'any';

/** One set of images of a split. */
export interface SplitSet {
  /** The COCO file that holds them, beside the record; or, where the source is used as it is, the source. */
  readonly file: string;
  readonly images: number;
  /** {@link hashIds} of their ids. */
  readonly sha256: string;
}

/**
 * What a split is: in `info.sed_split` of the files that were written, and, with the ids of the labeled images, in the
 * file `…-ids.json`. Nothing in it depends on the machine or on the day.
 */
export interface SplitRecord {
  readonly protocol: SplitProtocol;
  readonly variant: string;
  /** The protocol in words. */
  readonly description: string;
  /** The file that was split, without folders, and its images. */
  readonly source: { readonly file: string; readonly images: number };
  readonly percent?: number;
  readonly fold?: number;
  /** NumPy's seed; absent where nothing was drawn. */
  readonly seed?: number;
  readonly labeled: SplitSet;
  readonly unlabeled: SplitSet;
  readonly validation?: SplitSet;
}

/** The content of `…-ids.json`. */
export interface SplitIds extends SplitRecord {
  /** Ids of the labeled images, rising. */
  readonly labeledIds: readonly number[];
}

/** A {@link SplitSet} of these images. */
export function splitSet(file: string, ids: readonly number[]): SplitSet {
  return { file, images: ids.length, sha256: hashIds(ids) };
}
