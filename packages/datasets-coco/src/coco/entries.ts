/** The entries of a list: an array, or `AnnotationColumns`. */
export interface Entries {
  readonly length: number;
  at(i: number): unknown;
}
