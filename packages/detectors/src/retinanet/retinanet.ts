/** RetinaNet (Lin et al. 2017): one stage, a pyramid, dense anchors, focal loss. */
import { packLevels, phase } from '@sed/tensor-ops';
import * as tf from '@tensorflow/tfjs-core';
import { createBackbone } from '../backbones/create.ts';
import { specOf } from '../layers/definition.ts';
import { initializeParameters } from '../layers/initialize.ts';
import type { Detector, Target } from '../types.ts';
import { anchorsPerCell, cachedGridAnchors, derivedSteps, type Grid } from './anchors.ts';
import { boxRegressionLoss } from './boxLoss.ts';
import { detect } from './detect.ts';
import { focalLoss } from './focalLoss.ts';
import { splitLevels, type DenseLevels, type RetinaNetForward } from './forward.ts';
import { headDefinitions, predict } from './head.ts';
import { matchDensePair } from './matchPairs.ts';
import { distillationPairs, RETINANET, scalePairs } from './pairs.ts';
import { pyramid, pyramidDefinitions } from './pyramid.ts';
import { checkSettings, type RetinaNetSettings } from './settings.ts';
import { assignTargets } from './targets.ts';

/** The largest stride of the backbone: what padded sides must be multiples of. */
const SIZE_MULTIPLE = 32;

/** What is known of every RetinaNet: levels P3 to P7, one kind of prediction. */
export const retinaNetFacts: Pick<Detector, 'pairs' | 'levels'> = {
  pairs: [{ name: RETINANET.name, activation: 'sigmoid', classified: true }],
  levels: 5,
};

export interface RetinaNet extends Detector<RetinaNetForward> {
  readonly settings: RetinaNetSettings;
}

/**
 * Builds a RetinaNet with strides 8 to 128. Start from `torchvisionRetinaNet(classes)` or
 * `lite0RetinaNet(classes)` and change what you need.
 *
 * ```ts
 * const detector = createRetinaNet(lite0RetinaNet(3));
 * const weights = detector.initialize(1);
 * const batch = imageBatch([image], { multiple: detector.sizeMultiple });
 * const forward = detector.forward(weights, batch);
 * const [found] = detector.detect(forward, batch);
 * ```
 * @throws for a setting out of its range; names it
 */
export function createRetinaNet(settings: RetinaNetSettings): RetinaNet {
  checkSettings(settings);
  const backbone = createBackbone(settings.backbone);
  const definitions = [
    ...backbone.definitions,
    ...pyramidDefinitions(settings, backbone.channels),
    ...headDefinitions(settings, anchorsPerCell(settings.anchors)),
  ];
  const anchorsOf = cachedGridAnchors(settings.anchors);
  const derived = settings.anchors.strides === 'derived';

  return {
    name: `retinanet-${settings.backbone.name}`,
    settings,
    ...retinaNetFacts,
    classes: settings.classes,
    parameters: definitions.map(specOf),
    sizeMultiple: SIZE_MULTIPLE,

    initialize: (seed) => initializeParameters(definitions, seed),

    /** @returns the caller owns its tensors: `disposeTensors(forward)` frees them */
    forward(parameters, { pixels, sizes }) {
      const [batch, height, width] = pixels.shape;
      if (height % SIZE_MULTIPLE || width % SIZE_MULTIPLE) {
        throw new Error(
          `RetinaNet: the batch is ${width}x${height} pixels; both sides must be multiples of ${SIZE_MULTIPLE} ` +
            `(imageBatch pads to a multiple).`,
        );
      }
      const dense = tf.tidy(() => {
        const features = pyramid(settings, parameters, backbone.features(parameters, pixels));
        const grids = features.map((feature, i): Grid => {
          const grid = { height: feature.shape[1], width: feature.shape[2] };
          const steps = derived ? { steps: derivedSteps(grid, { height, width }) } : {};
          return { stride: 2 ** (i + 3), ...grid, ...steps };
        });
        return splitLevels(predict(settings, parameters, packLevels(features)), grids) as unknown as tf.TensorContainer;
      }) as unknown as DenseLevels;
      return { ...dense, batch, height, width, sizes };
    },

    supervisedLosses(forward, targets: readonly Target[]) {
      if (targets.length !== forward.batch) {
        throw new Error(`RetinaNet: ${targets.length} targets for ${forward.batch} images; give one an image.`);
      }
      const assigned = phase('matching', () =>
        assignTargets(
          forward.levels.map(anchorsOf),
          targets,
          settings.classes,
          settings.matching,
          settings.loss.normalizer,
        ),
      );
      const rows = assigned.labels.length;
      return tf.tidy(() => {
        const { logits, deltas } = forward.all;
        return {
          classification: focalLoss(
            logits,
            tf.tensor1d(assigned.labels, 'int32'),
            tf.tensor1d(assigned.classificationWeights),
            { alpha: settings.loss.focalAlpha, gamma: settings.loss.focalGamma },
          ),
          boxRegression: boxRegressionLoss(
            deltas,
            tf.tensor2d(assigned.deltas, [rows, 4]),
            tf.tensor1d(assigned.regressionWeights),
          ),
        };
      });
    },

    scalePairs: (full, reduced, shift) => scalePairs(full, reduced, shift),
    matchScalePairs: (full, _reduced, shift, targets) => [
      matchDensePair(RETINANET.name, full, shift, targets, settings.classes, anchorsOf, settings.matching),
    ],
    distillationPairs: (teacher, student, maps) => distillationPairs(teacher, student, anchorsOf, maps),
    detect: (forward, batch, options) => detect(forward, batch, anchorsOf, settings, options),
  };
}
