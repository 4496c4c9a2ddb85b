/** What `checkData` is made of: faults gathered, files that nothing uses, classes and images that parts share. */
export { NO_PROBLEMS, Problems, sentencesOf } from '../problems.ts';
export { noteTraps } from './measured.ts';
export { readImageFiles, type ReadImageFilesOptions } from './read-image-files.ts';
export type { ReadImage } from './types.ts';
export { findUnused, unusedText } from '../folder/find-unused.ts';
export { matchNames, type NameMatch } from '../sources/match-names.ts';
export { quote } from '../sources/names.ts';
export { overlap, type Overlap } from '../split/overlap.ts';
export type { PartRole } from '../split/shared-images.ts';
