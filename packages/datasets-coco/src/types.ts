/** One object of an image, in COCO's terms. */
export interface Annotation {
  readonly id: number;
  /** `x y w h` in pixels of the image file (after EXIF rotation). */
  readonly bbox: readonly [number, number, number, number];
  /** Index into {@link Dataset.categories}, not COCO's sparse id. */
  readonly category: number;
  /** Area as COCO counts it (of the mask where there is one). */
  readonly area: number;
  readonly crowd: boolean;
  /**
   * VOC's flag: hard to see. Left out of training, and neither right nor wrong in VOC's metrics; COCO's metrics count
   * it.
   */
  readonly difficult?: boolean;
  /** VOC's flag: the object reaches beyond its box. Kept when formats are converted; nothing else depends on it. */
  readonly truncated?: boolean;
}

/** One image: where it is and what is known about it. Unlabeled images have no annotations. */
export interface ImageRecord {
  /** COCO's image id; for a plain folder its 1-based position in path order. */
  readonly id: number;
  /** Absolute path. */
  readonly path: string;
  /** The name in the JSON, or the path relative to the folder. */
  readonly fileName: string;
  /** Size in pixels as the JSON states it; undefined for a plain folder (read when decoded). */
  readonly width?: number;
  readonly height?: number;
  readonly annotations: readonly Annotation[];
  /**
   * Boxes as their file has them, `x y w h`, that leave the stated size: they were cut or left out. Where the stated
   * size is wrong, they tell which way the picture is turned.
   */
  readonly beyond?: readonly Annotation['bbox'][];
}

/** A class: COCO's id and its name. */
export interface Category {
  readonly id: number;
  readonly name: string;
}

/**
 * A data set in memory: images in id order, categories in id order (or in the order in which `openSource` was told the
 * classes).
 */
export interface Dataset {
  /** What messages call it: the path it was read from. */
  readonly source: string;
  readonly categories: readonly Category[];
  readonly images: readonly ImageRecord[];
  /** The folders that the images were said to be in; what lies outside is not copied when formats are converted. */
  readonly roots?: readonly string[];
}

/** A detection as COCO's results format has it; `bbox` is `x y w h` in pixels of the original image. */
export interface CocoDetection {
  readonly image_id: number;
  readonly category_id: number;
  readonly bbox: readonly [number, number, number, number];
  readonly score: number;
}

/** COCO's twelve numbers, 0..1, -1 where undefined, as pycocotools prints them. */
export interface CocoMetrics {
  AP: number;
  AP50: number;
  AP75: number;
  APs: number;
  APm: number;
  APl: number;
  AR1: number;
  AR10: number;
  AR100: number;
  ARs: number;
  ARm: number;
  ARl: number;
}

/**
 * Where a data set is, told apart by its keys: COCO JSON with its image folder; a VOC folder with image sets; a YOLO
 * `data.yaml`; or images alone (a folder or globs).
 */
export type SourceSpec =
  | { readonly annotations: string | readonly string[]; readonly images: string }
  | {
      /**
       * A folder with Annotations, ImageSets/Main and JPEGImages, a VOCdevkit of such folders, or a folder of XML files
       * and images.
       */
      readonly voc: string;
      /**
       * `trainval`; in a devkit `VOC2007/trainval`. Not needed where there are no image sets: XML files beside their
       * images.
       */
      readonly sets?: string | readonly string[];
    }
  | {
      /** A `data.yaml`. */
      readonly yolo: string;
      /** Default `train`. */
      readonly set?: 'train' | 'val' | 'test';
    }
  | { readonly images: string | readonly string[] };
