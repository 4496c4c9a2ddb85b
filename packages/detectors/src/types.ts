/**
 * What every detector gives a trainer.
 *
 * Shapes: `B` batch, `H W` grid, `A` anchors a cell, `N` rows, `C` classes, `D` values of a box delta.
 */
import type { AffineMap, ImageSize, RandomStream } from '@sed/geometry';
import type { Scalar, Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';

/**
 * Weights by torchvision's state-dict name, in tfjs layout (kernels HWIO, linear IO). Student: tf.Variable; teacher:
 * any.
 */
export type Parameters = ReadonlyMap<string, Tensor>;

/** Rows of predictions. `logits [N, C]`, `deltas [N, D]`; structurally the `Predictions` of @sed/losses. */
export interface Predictions {
  readonly logits: Tensor2D;
  readonly deltas: Tensor2D;
}

/** Two sets of predictions about the same places: row i of `a` and of `b` belong together. */
export interface PredictionPair {
  /** `dense` (RetinaNet), `rpn` and `roi` (Faster R-CNN), `query` (DETR). */
  readonly name: string;
  readonly activation: 'softmax' | 'sigmoid';
  readonly a: Predictions;
  readonly b: Predictions;
  /**
   * Rows of the student without a counterpart in the teacher's view, which are in neither; absent where the views have
   * one geometry.
   */
  readonly leftOut?: number;
}

/** What is known of a pair of predictions before there is one. */
export interface PairFacts {
  readonly name: string;
  readonly activation: PredictionPair['activation'];
  /** Whether its rows tell classes apart; proposals only tell objects from background. */
  readonly classified: boolean;
}

/** What the rows of a pair of {@link Detector.scalePairs} are about, in the order of its rows. */
export interface PairMatches {
  /** The pair's. */
  readonly name: string;
  /** Image of the batch, by row. `[N]` */
  readonly images: Int32Array;
  /** Pyramid level in the full view, by row: f of P_f, whose stride is 2^f. `[N]`; absent where rows are regions. */
  readonly levels?: Int32Array;
  /** Index of the object in its image's target, `BACKGROUND` or `IGNORED` (neither), by row. `[N]` */
  readonly matches: Int32Array;
}

/** Normalized, zero-padded images, `[B, H, W, 3]`, and the valid part of each (the rest is padding), in pixels. */
export interface ImageBatch {
  readonly pixels: Tensor4D;
  readonly sizes: readonly ImageSize[];
}

/**
 * Ground truth of one image of a batch: `[N, 4]` flattened `x1 y1 x2 y2` in pixels of the padded batch, labels 0..C-1.
 */
export interface Target {
  readonly boxes: Float32Array;
  readonly labels: Int32Array;
}

/** Detections of one image, best first: `[N, 4]` flattened `x1 y1 x2 y2` in pixels of the padded batch. */
export interface Detections {
  readonly boxes: Float32Array;
  readonly scores: Float32Array;
  readonly labels: Int32Array;
}

export interface DetectOptions {
  /** Lowest score kept. Default: the detector's. */
  readonly scoreThreshold?: number;
  /** Most detections an image. Default: the detector's. */
  readonly maxDetections?: number;
}

/**
 * What a parameter is for: whether it is trained, and whether it is a buffer (copied, not averaged, by the teacher).
 */
export interface ParameterSpec {
  readonly name: string;
  /** tfjs layout. */
  readonly shape: readonly number[];
  readonly trainable: boolean;
  readonly buffer: boolean;
  /** How torch lays it out: `convolution` OIHW (depthwise `[C, 1, kh, kw]`), `linear` OI, `plain` as is. */
  readonly layout: 'convolution' | 'depthwise' | 'linear' | 'plain';
  /**
   * What else torch orders otherwise: `channels-first`, the inputs of a linear layer on a flattened grid, which torch
   * flattens as C, h, w and tfjs as h, w, C; `background-first`, the outputs of a class head, where torchvision has the
   * background's `values` first and here they are last.
   */
  readonly torchOrder?:
    | { readonly kind: 'channels-first'; readonly height: number; readonly width: number }
    | { readonly kind: 'background-first'; readonly values: number };
}

/** What a forward pass may be told. */
export interface ForwardOptions {
  /**
   * Draws what a detector leaves to chance in training, such as dropout. Without it nothing is: what is for training
   * alone is left out.
   */
  readonly random?: RandomStream;
}

/** What assigning targets may be told. */
export interface AssignOptions {
  /**
   * Draws the anchors and regions that enter the losses of a detector that samples them. Default: the same draw at
   * every call.
   */
  readonly random?: RandomStream;
}

/** What is known of every detector of an architecture, before there is one. */
export interface ArchitectureFacts {
  /** What {@link Detector.scalePairs} and {@link Detector.distillationPairs} give, in their order. */
  readonly pairs: readonly PairFacts[];
  /** Levels of its pyramid. */
  readonly levels: number;
  /** The finest of them: f of P_f, whose stride is 2^f. */
  readonly finestLevel: number;
}

/**
 * A detector is its architecture; its weights are passed in, so that student and teacher are one object with two sets
 * of weights. `F`, what a forward pass leaves for the calls that follow, and `A`, what its predictions should have
 * been, belong to the detector.
 */
export interface Detector<F extends object = object, A = unknown> extends ArchitectureFacts {
  readonly name: string;
  /** Number of classes, background not counted. */
  readonly classes: number;
  /** Every parameter and buffer, in torchvision's order. */
  readonly parameters: readonly ParameterSpec[];
  /** Padded height and width must be multiples of this times 2^S. */
  readonly sizeMultiple: number;
  /** Fresh weights, a function of the seed alone. The caller owns the tensors. */
  initialize(seed: number): Map<string, Tensor>;
  /**
   * One forward pass. Differentiable with respect to the parameters that are trainable. The caller owns its tensors:
   * `disposeTensors(forward)`.
   * @param options.random without it the pass is a function of weights and images alone
   */
  forward(parameters: Parameters, batch: ImageBatch, options?: ForwardOptions): F;
  /**
   * What the predictions of a forward pass should have been: matching and sampling, on the host. Plain data, without
   * tensors.
   * @param targets one an image
   * @throws for targets that are not one an image, for a box without area and for a label that is not a class; names
   *   image and box
   */
  assign(targets: readonly Target[], forward: F, options?: AssignOptions): A;
  /**
   * The supervised losses by name, unweighted, e.g. `classification`, `boxRegression`. Differentiable; the caller owns
   * them.
   * @param assigned what {@link assign} gave for this forward pass, or for one of the same images
   */
  losses(forward: F, assigned: A): Record<string, Scalar>;
  /** Pairs a view with the view reduced by 2^shift (Eq 2). */
  scalePairs(full: F, reduced: F, shift: number): PredictionPair[];
  /**
   * Which objects the rows of `scalePairs(full, reduced, shift)` answer for, by the matching that trains the detector,
   * on the full view. For analyses: a detector without it trains all the same.
   */
  matchScalePairs?(full: F, reduced: F, shift: number, targets: readonly Target[]): PairMatches[];
  /**
   * Pairs teacher (a) and student (b), Eq 3. The views have one geometry, or differ by `maps`, one an image, from
   * pixels of the teacher's batch to those of the student's: then the teacher's predictions are mapped, and what has no
   * counterpart is left out.
   */
  distillationPairs(teacher: F, student: F, maps?: readonly AffineMap[]): PredictionPair[];
  /**
   * Final detections of each image of the batch. Waits for the predictions, so it must not be called inside `tf.tidy`;
   * it leaves no tensor behind, and the forward pass is the caller's still.
   */
  detect(forward: F, batch: ImageBatch, options?: DetectOptions): Promise<Detections[]>;
}
