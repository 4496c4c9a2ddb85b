/** How a data set is written as files of another format. */
export interface WriteSetOptions {
  /**
   * What the set is called: `train` (default), `val`, … Several sets of the same classes can be written into one
   * folder, one after the other.
   */
  readonly set?: string;
  /**
   * What becomes of the image files: `copy` (default) them, `link` to them by symbolic links, or `none`: the format's
   * files alone, and a list of which image belongs to which name.
   */
  readonly imageFiles?: ImageFiles;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, images: number) => void;
}

export type ImageFiles = 'copy' | 'link' | 'none';

/** What was written. */
export interface WrittenSet {
  readonly images: number;
  readonly annotations: number;
  /** The file to give to a reader: the JSON, the image set, the yaml. */
  readonly file: string;
  /** What the format could not hold, and what was named anew, in sentences. */
  readonly remarks: readonly string[];
}
