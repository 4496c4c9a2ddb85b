/** What a forward pass of a Faster R-CNN leaves. */
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { Parameters, Predictions } from '../types.ts';
import type { DenseForward } from '../dense/levels.ts';
import type { Regions } from '@sed/tensor-ops';

/** Predictions of the second stage at some regions: `logits [N, C + 1]` with background last, `deltas [N, 4 C]`. */
export interface RegionPredictions extends Predictions {
  readonly regions: Regions;
}

/** Its levels are the RPN's predictions of P2 to P6: `logits [B·H·W·A, 1]`, `deltas [B·H·W·A, 4]`. */
export interface FasterRcnnForward extends DenseForward {
  /** P2 to P5, which regions are pooled from, `[B, H, W, C]`. */
  readonly features: readonly Tensor4D[];
  /** The weights that made it; the second stage needs them when it knows its regions. Not owned. */
  readonly parameters: Parameters;
  /**
   * The predictions at the view's own proposals, which every pair needs: kept from the first pair on. They belong to
   * the forward: `disposeTensors(forward)` frees them too.
   */
  own?: RegionPredictions;
}
