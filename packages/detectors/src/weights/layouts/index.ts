/** The libraries whose names are known. */
import { detectron2 } from './detectron2.ts';
import type { Layout } from './layout.ts';
import { mmdetection } from './mmdetection.ts';
import { torchvision } from './torchvision.ts';

/** torchvision last: where as many names are of one as of another, nothing is changed. */
export const LAYOUTS: readonly Layout[] = [mmdetection, detectron2, torchvision];

/**
 * Names of a DETR in its authors' files, in those of Hugging Face and of mmdetection; recognized so that it can be said
 * that none is built here.
 */
export const DETR =
  /transformer\.(?:encoder|decoder)\.|(?:encoder|decoder)\.layers\.|query_embed(?:ding)?\.|query_position_embeddings\.|class_embed\.|class_labels_classifier\.|backbone\.0\.body\./;

export type { Layout, LayoutName } from './layout.ts';
