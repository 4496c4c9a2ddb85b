/**
 * Faster R-CNN (Ren et al. 2015) with a feature pyramid (Lin et al. 2017): proposals, then classes and boxes of the
 * regions they name.
 */
import { randomStream } from '@sed/geometry';
import { packLevels, phase } from '@sed/tensor-ops';
import * as tf from '@tensorflow/tfjs-core';
import { createBackbone } from '../backbones/create.ts';
import { specOf } from '../layers/definition.ts';
import { initializeParameters } from '../layers/initialize.ts';
import { anchorsPerCell, cachedGridAnchors, gridsOf } from '../dense/anchors.ts';
import { downloadLevels, splitLevels, type DenseLevels } from '../dense/levels.ts';
import { checkAssignedRows, checkTarget, checkTargetCount } from '../dense/targets.ts';
import { detectOptions } from '../detect-options.ts';
import type { ArchitectureFacts, Detector } from '../types.ts';
import { checkSettings } from './check-settings.ts';
import { detectRegions } from './detect.ts';
import type { FasterRcnnForward } from './forward.ts';
import { matchScalePairs } from './match-pairs.ts';
import { distillationPairs, ROI, RPN, scalePairs } from './pairs.ts';
import { proposeBoxes, proposeNow, regionsOf } from './proposals.ts';
import { pyramidFromP2 } from '../pyramid/p2-to-p6.ts';
import { topDownDefinitions } from '../pyramid/top-down.ts';
import { predictRegions, regionDefinitions } from './region-head.ts';
import { assignRegions, regionLosses, type RegionGoals } from './region-losses.ts';
import { predictObjects, rpnDefinitions } from './rpn-head.ts';
import { assignAnchors, rpnLosses, type AnchorGoals } from './rpn-losses.ts';
import type { FasterRcnnSettings } from './settings.ts';

/** The largest stride of the backbone: what padded sides must be multiples of. */
const SIZE_MULTIPLE = 32;

/** What is known of every Faster R-CNN: levels P2 to P6, proposals and regions. */
export const fasterRcnnFacts: ArchitectureFacts = { pairs: [RPN.pair, ROI], levels: 5, finestLevel: RPN.finest };

/** What both stages should have said, of the anchors and regions that were drawn. */
export interface FasterRcnnAssigned {
  readonly anchors: AnchorGoals;
  readonly regions: RegionGoals;
}

export interface FasterRcnn extends Detector<FasterRcnnForward, FasterRcnnAssigned> {
  readonly settings: FasterRcnnSettings;
}

/**
 * Builds a Faster R-CNN. Start from `torchvisionFasterRcnn(classes)`, `mmdetectionFasterRcnn(classes)` or
 * `lite0FasterRcnn(classes)` and change what you need.
 *
 * Losses by name: `objectness` and `rpnBoxRegression` of the first stage, `classification` and `boxRegression` of the
 * second. Pairs: `rpn` and `roi`. A forward keeps the predictions that its pairs share: dispose of it whole,
 * `disposeTensors(forward)`.
 *
 * ```ts
 * const detector = createFasterRcnn(torchvisionFasterRcnn(90, 'resnet50', { compat: 'torchvision', coco: true }));
 * const weights = loadAllWeights(readWeights(bytesOfThePth), detector.parameters);
 * const forward = detector.forward(weights, batch);
 * const [found] = await detector.detect(forward, batch);
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
    ...fasterRcnnFacts,
    classes: settings.classes,
    parameters: definitions.map(specOf),
    sizeMultiple: SIZE_MULTIPLE,

    initialize: (seed) => initializeParameters(definitions, seed),

    /** Draws nothing. */
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

    /**
     * Regions are drawn from the proposals of `forward`, which are read without waiting. First anchors are drawn, then
     * regions, image by image.
     */
    assign(targets, forward, { random = randomStream(0, 'sampling') } = {}) {
      checkTargetCount('Faster R-CNN', targets, forward.batch);
      targets.forEach((target, image) => checkTarget(target, image, settings.classes));
      const proposals = proposeNow(forward, context, settings.rpn.training);
      return phase('matching', () => ({
        anchors: assignAnchors(forward.levels.map(anchorsOf), targets, settings.rpn, random),
        regions: assignRegions(proposals, targets, settings, random),
      }));
    },

    losses(forward, { anchors, regions }) {
      checkAssignedRows(anchors.labels.length, forward.all);
      return {
        ...rpnLosses(forward.all, anchors, settings),
        ...tf.tidy(() => regionLosses(predictRegions(forward, regions.regions, settings), regions, settings)),
      };
    },

    scalePairs: (full, reduced, shift) => scalePairs(full, reduced, shift, context),
    matchScalePairs: (full, reduced, shift, targets) => matchScalePairs(full, reduced, shift, targets, context),
    distillationPairs: (teacher, student, maps) => distillationPairs(teacher, student, context, maps),

    async detect(forward, batch, options) {
      const wanted = detectOptions(forward, batch, options, settings.detection);
      const proposals = proposeBoxes(await downloadLevels(forward), forward.sizes, context, settings.rpn.testing);
      const predictions = predictRegions(forward, regionsOf(proposals), settings);
      try {
        return await detectRegions(predictions, forward.sizes, settings, wanted);
      } finally {
        tf.dispose([predictions.logits, predictions.deltas]);
      }
    },
  };
}
