/** Faster R-CNN (Ren et al. 2015) with a feature pyramid (Lin et al. 2017): proposals, then classes and boxes of the regions they name. */
import { randomStream } from '@sed/geometry';
import { packLevels, phase } from '@sed/tensor-ops';
import * as tf from '@tensorflow/tfjs-core';
import { createBackbone } from '../backbones/create.ts';
import { specOf } from '../layers/definition.ts';
import { initializeParameters } from '../layers/initialize.ts';
import { anchorsPerCell, cachedGridAnchors, gridsOf } from '../dense/anchors.ts';
import { splitLevels, type DenseLevels } from '../dense/levels.ts';
import { checkTarget } from '../dense/targets.ts';
import type { Detector } from '../types.ts';
import { checkSettings } from './check-settings.ts';
import { detectRegions } from './detect.ts';
import type { FasterRcnnForward } from './forward.ts';
import { matchScalePairs } from './match-pairs.ts';
import { distillationPairs, RPN, scalePairs } from './pairs.ts';
import { proposeBoxes, regionsOf } from './proposals.ts';
import { pyramidFromP2 } from '../pyramid/p2-to-p6.ts';
import { topDownDefinitions } from '../pyramid/top-down.ts';
import { predictRegions, regionDefinitions } from './region-head.ts';
import { assignRegions, regionLosses } from './region-losses.ts';
import { predictObjects, rpnDefinitions } from './rpn-head.ts';
import { rpnLosses } from './rpn-losses.ts';
import type { FasterRcnnSettings } from './settings.ts';

/** The largest stride of the backbone: what padded sides must be multiples of. */
const SIZE_MULTIPLE = 32;

export interface FasterRcnn extends Detector<FasterRcnnForward> {
  readonly settings: FasterRcnnSettings;
}

/**
 * Builds a Faster R-CNN. Start from `torchvisionFasterRcnn(classes)`, `mmdetectionFasterRcnn(classes)` or `lite0FasterRcnn(classes)` and change what
 * you need.
 *
 * Losses by name: `objectness` and `rpnBoxRegression` of the first stage, `classification` and `boxRegression` of the second. Pairs: `rpn` and `roi`. A
 * forward keeps the predictions that its pairs share: dispose of it whole, `disposeTensors(forward)`.
 *
 * ```ts
 * const detector = createFasterRcnn(torchvisionFasterRcnn(90, 'resnet50', { compat: 'torchvision', coco: true }));
 * const weights = loadAllWeights(readWeights(bytesOfThePth), detector.parameters);
 * const forward = detector.forward(weights, batch);
 * const [found] = detector.detect(forward, batch);
 * ```
 * @throws for a setting out of its range; names it
 */
export function createFasterRcnn(settings: FasterRcnnSettings): FasterRcnn {
  checkSettings(settings);
  const backbone = createBackbone(settings.backbone);
  const definitions = [
    ...backbone.definitions,
    ...topDownDefinitions(settings, backbone.channels),
    ...rpnDefinitions(settings, anchorsPerCell(settings.anchors)),
    ...regionDefinitions(settings),
  ];
  const anchorsOf = cachedGridAnchors(settings.anchors);
  const context = { settings, anchorsOf };

  return {
    name: `fasterrcnn-${settings.backbone.name}`,
    settings,
    classes: settings.classes,
    parameters: definitions.map(specOf),
    sizeMultiple: SIZE_MULTIPLE,

    initialize: (seed) => initializeParameters(definitions, seed),

    /** @returns the caller owns its tensors: `disposeTensors(forward)` frees them */
    forward(parameters, { pixels, sizes }) {
      const [batch, height, width] = pixels.shape;
      if (height % SIZE_MULTIPLE || width % SIZE_MULTIPLE) {
        throw new Error(
          `Faster R-CNN: the batch is ${width}x${height} pixels; both sides must be multiples of ${SIZE_MULTIPLE} ` +
            `(imageBatch pads to a multiple).`,
        );
      }
      const [dense, features] = tf.tidy(() => {
        const pyramidLevels = pyramidFromP2(parameters, backbone.features(parameters, pixels));
        const grids = gridsOf(pyramidLevels, RPN.finest, { height, width }, settings.anchors);
        const predicted = splitLevels(predictObjects(parameters, packLevels(pyramidLevels)), grids);
        return [predicted, pyramidLevels.slice(0, 4)] as unknown as tf.TensorContainer[];
      }) as unknown as [DenseLevels, tf.Tensor4D[]];
      return { ...dense, features, parameters, batch, height, width, sizes };
    },

    supervisedLosses(forward, targets, { random = randomStream(0, 'sampling') } = {}) {
      if (targets.length !== forward.batch) {
        throw new Error(`Faster R-CNN: ${targets.length} targets for ${forward.batch} images; give one an image.`);
      }
      targets.forEach((target, image) => checkTarget(target, image, settings.classes));
      const proposals = phase('proposals', () => proposeBoxes(forward, anchorsOf, settings, settings.rpn.training));
      const first = rpnLosses(forward, anchorsOf, targets, settings, random);
      const goals = phase('matching', () => assignRegions(proposals, targets, settings, random));
      return {
        ...first,
        ...tf.tidy(() => regionLosses(predictRegions(forward, goals.regions, settings), goals, settings)),
      };
    },

    scalePairs: (full, reduced, shift) => scalePairs(full, reduced, shift, context),
    matchScalePairs: (full, reduced, shift, targets) => matchScalePairs(full, reduced, shift, targets, context),
    distillationPairs: (teacher, student, maps) => distillationPairs(teacher, student, context, maps),

    detect(forward, batch, options) {
      if (batch.sizes.length !== forward.batch) {
        throw new Error(
          `detect: the forward pass had ${forward.batch} images, the batch has ${batch.sizes.length}; pass the batch it saw.`,
        );
      }
      const proposals = proposeBoxes(forward, anchorsOf, settings, settings.rpn.testing);
      const { logits, deltas, regions } = predictRegions(forward, regionsOf(proposals), settings);
      try {
        return detectRegions({ logits, deltas, regions }, forward.sizes, settings, options);
      } finally {
        tf.dispose([logits, deltas]);
      }
    },
  };
}
