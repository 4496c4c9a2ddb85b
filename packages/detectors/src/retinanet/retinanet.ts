/** RetinaNet (Lin et al. 2017): one stage, a pyramid, dense anchors, focal loss. */
import { packLevels, phase } from '@sed/tensor-ops';
import * as tf from '@tensorflow/tfjs-core';
import { createBackbone } from '../backbones/create.ts';
import { specOf } from '../layers/definition.ts';
import { initializeParameters } from '../layers/initialize.ts';
import type { ArchitectureFacts, Detector } from '../types.ts';
import { anchorsPerCell, cachedGridAnchors, gridsOf } from '../dense/anchors.ts';
import { boxRegressionLoss } from '../dense/box-loss.ts';
import { detectOptions } from '../detect-options.ts';
import { detectBoxes } from './detect.ts';
import { focalLoss } from '../dense/focal-loss.ts';
import { downloadLevels, splitLevels, type DenseForward, type DenseLevels } from '../dense/levels.ts';
import { headDefinitions, predict } from './head.ts';
import { matchDensePair } from '../dense/match-pairs.ts';
import { distillationPairs, scalePairs, type DenseHead } from '../dense/pairs.ts';
import { pyramidFromP3, pyramidFromP3Definitions } from '../pyramid/p3-to-p7.ts';
import { checkSettings } from './check-settings.ts';
import type { RetinaNetSettings } from './settings.ts';
import { assignTargets, checkAssignedRows, checkTargetCount, type AnchorTargets } from '../dense/targets.ts';

/** The largest stride of the backbone: what padded sides must be multiples of. */
const SIZE_MULTIPLE = 32;

/** Its pair, and the exponent of the stride of P3. */
const DENSE: DenseHead = { pair: { name: 'dense', activation: 'sigmoid', classified: true }, finest: 3 };

/** What a forward pass of a RetinaNet leaves. */
export type RetinaNetForward = DenseForward;

/** What is known of every RetinaNet: levels P3 to P7, one kind of prediction. */
export const retinaNetFacts: ArchitectureFacts = { pairs: [DENSE.pair], levels: 5, finestLevel: DENSE.finest };

export interface RetinaNet extends Detector<RetinaNetForward, AnchorTargets> {
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
 * const [found] = await detector.detect(forward, batch);
 * ```
 * @throws for a setting out of its range; names it
 */
export function createRetinaNet(settings: RetinaNetSettings): RetinaNet {
  checkSettings(settings);
  const backbone = createBackbone(settings.backbone);
  const definitions = [
    ...backbone.definitions,
    ...pyramidFromP3Definitions(settings, backbone.channels),
    ...headDefinitions(settings, anchorsPerCell(settings.anchors)),
  ];
  const anchorsOf = cachedGridAnchors(settings.anchors);

  return {
    name: `retinanet-${settings.backbone.name}`,
    settings,
    ...retinaNetFacts,
    classes: settings.classes,
    parameters: definitions.map(specOf),
    sizeMultiple: SIZE_MULTIPLE,

    initialize: (seed) => initializeParameters(definitions, seed),

    /** Draws nothing. */
    forward(parameters, { pixels, sizes }) {
      const [batch, height, width] = pixels.shape;
      if (height % SIZE_MULTIPLE || width % SIZE_MULTIPLE) {
        throw new Error(
          `RetinaNet: the batch is ${width}x${height} pixels; both sides must be multiples of ${SIZE_MULTIPLE} ` +
            `(imageBatch pads to a multiple).`,
        );
      }
      const dense = tf.tidy(() => {
        const features = pyramidFromP3(settings, parameters, backbone.features(parameters, pixels));
        const grids = gridsOf(features, DENSE.finest, { height, width }, settings.anchors);
        return splitLevels(predict(settings, parameters, packLevels(features)), grids) as unknown as tf.TensorContainer;
      }) as unknown as DenseLevels;
      return { ...dense, batch, height, width, sizes };
    },

    /** Every anchor enters the losses: nothing is drawn. */
    assign(targets, forward) {
      checkTargetCount('RetinaNet', targets, forward.batch);
      const { classes, matching, loss } = settings;
      return phase('matching', () =>
        assignTargets(forward.levels.map(anchorsOf), targets, classes, matching, loss.normalizer),
      );
    },

    losses(forward, assigned) {
      const rows = assigned.labels.length;
      checkAssignedRows(rows, forward.all);
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

    scalePairs: (full, reduced, shift) => scalePairs(full, reduced, shift, DENSE),
    matchScalePairs: (full, _reduced, shift, targets) => [
      matchDensePair(DENSE.pair.name, full, shift, targets, settings.classes, anchorsOf, settings.matching),
    ],
    distillationPairs: (teacher, student, maps) => distillationPairs(teacher, student, anchorsOf, DENSE, maps),

    async detect(forward, batch, options) {
      const wanted = detectOptions(forward, batch, options, settings.detection);
      return detectBoxes(await downloadLevels(forward), batch.sizes, anchorsOf, settings, wanted);
    },
  };
}
