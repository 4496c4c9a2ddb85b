/** What a user would only find out at the end of a run, and the config and the data tell before its first step. */
import type { Dataset } from '@sed/datasets-coco';
import { instanceSizes, instancesOf, resizeFactors } from '@sed/datasets-coco/stats';
import type { Detector } from '@sed/detectors';
import type { RunConfig } from '../config/schema.ts';
import { configuredAnchors, testSizeOf } from '../data/anchors.ts';
import type { RunData } from '../data/open.ts';
import { PAPER, type Warning } from '@sed/methods';

/** Learning rate an image, over the paper's, that is told of. */
const FAST = 10;
/** Share of the objects outside the anchors' range that is told of. */
const MANY = 0.1;
/** Share of the objects that what is advised brings above the range's lower end. */
const MOST = 0.95;

/** Warnings about a config and its data, whose images have sizes where their files could be read. */
export function warningsBefore(
  config: RunConfig,
  detector: Pick<Detector, 'parameters'>,
  data: Pick<RunData, 'labeled' | 'unlabeled' | 'validation'>,
): Warning[] {
  return [
    ...fastRate(config),
    ...largeBatches(config, data),
    ...frozenRandom(config, detector),
    ...outsideTheAnchors(config, data.labeled),
    ...unmeasured(data.labeled, data.validation),
  ];
}

function fastRate(config: RunConfig): Warning[] {
  const pace = config.optimizer.lr / config.batch.labeled / (PAPER.learningRate / PAPER.batch);
  if (pace <= FAST) return [];
  const { clip, warmup } = config.optimizer;
  const advice = [
    ...(clip === null ? ['"optimizer.clip" (10)'] : []),
    ...(warmup.steps === 0 ? ['"optimizer.warmup.steps"'] : []),
  ];
  return [
    {
      code: 'learning-rate',
      message:
        `The learning rate ${config.optimizer.lr} is ${pace.toFixed(0)} times the paper's for ${config.batch.labeled} labeled images a step ` +
        `(${PAPER.learningRate} for ${PAPER.batch}): the losses may blow up. The linear rule gives ${((PAPER.learningRate / PAPER.batch) * config.batch.labeled).toPrecision(2)}; ` +
        (advice.length === 0
          ? '"optimizer.clip" and the warm-up are on, which small recipes have got by with; watch the first losses.'
          : `if you keep it, set ${advice.join(' and ')}.`),
    },
  ];
}

function largeBatches({ batch }: RunConfig, data: Pick<RunData, 'labeled' | 'unlabeled'>): Warning[] {
  return (['labeled', 'unlabeled'] as const).flatMap((part) => {
    const images = data[part]?.images.length;
    if (images === undefined || batch[part] <= images) return [];
    return {
      code: `batch-above-${part}`,
      message:
        `A step takes ${batch[part]} ${part} images ("batch.${part}") and there are ${images}: each comes about ${(batch[part] / images).toPrecision(2)} times ` +
        'in every step, in other views. A batch of at most as many learns the same from less work; learning rate and iterations go with it.',
    };
  });
}

/** Layers that are never trained should have learnt something before. */
function frozenRandom({ detector: settings, initFrom }: RunConfig, detector: Pick<Detector, 'parameters'>): Warning[] {
  if (settings.weights !== null || settings.checkpoint !== null || initFrom !== null) return [];
  const frozen = detector.parameters.filter((p) => !p.trainable && !p.buffer && p.layout !== 'plain');
  if (frozen.length === 0) return [];
  const { name, trainableStages } = settings.backbone;
  return [
    {
      code: 'frozen-random',
      message:
        `${frozen.length} layers of the ${name} are frozen ("detector.backbone.trainableStages" ${trainableStages}) and have random weights: nothing is ` +
        'ever learnt there. Start from pretrained weights ("detector.weights": a .pth or .safetensors file, or "efficientnet-lite0-imagenet" with that ' +
        'backbone), or train all of them ("trainableStages" 5, "trainableNorm" true), which takes far more images and iterations.',
    },
  ];
}

function outsideTheAnchors(config: RunConfig, labeled: Dataset): Warning[] {
  const { detector } = config;
  if (!('anchors' in detector)) return [];
  const images = labeled.images.filter(({ width, height }) => width !== undefined && height !== undefined);
  const size = testSizeOf(config.input.resize);
  const sizes = instanceSizes(instancesOf({ images }), resizeFactors(images, size)).sort();
  if (sizes.length === 0) return [];
  const [low, high] = configuredAnchors(detector).range;
  const share = (n: number) => `${Math.round((100 * n) / sizes.length)} %`;
  const below = sizes.filter((s) => s < low).length;
  const above = sizes.filter((s) => s > high).length;
  const { side } = detector.anchors;
  const warnings: Warning[] = [];
  if (below >= MANY * sizes.length) {
    const small = sizes[Math.floor((1 - MOST) * sizes.length)]!;
    const factor = low / Math.max(small, Number.EPSILON);
    const enlarged = (pixels: number) => Math.ceil((pixels * factor) / 8) * 8;
    warnings.push({
      code: 'objects-below-anchors',
      message:
        `${share(below)} of the labeled objects are smaller at the test size than what the anchors take (${low.toFixed(0)} pixels) and will hardly be ` +
        `found. For ${100 * MOST} % of them to fit: images ${factor.toPrecision(2)} times as large ("input.resize" with a short side of ${enlarged(size.short)} and a long one of ` +
        `${enlarged(size.long)}, at ${(factor ** 2).toPrecision(2)} times the work), or smaller anchors ("detector.anchors.side" ${(side / factor).toPrecision(2)}, now ${side}).`,
    });
  }
  if (above >= MANY * sizes.length) {
    const large = sizes[Math.ceil(MOST * sizes.length) - 1]!;
    warnings.push({
      code: 'objects-above-anchors',
      message:
        `${share(above)} of the labeled objects are larger at the test size than what the anchors take (${high.toFixed(0)} pixels). Larger anchors ` +
        `("detector.anchors.side" ${((side * large) / high).toPrecision(2)}, now ${side}) or a smaller "input.resize" would find them.`,
    });
  }
  return warnings;
}

/** What the metrics on validation will not say. */
function unmeasured(labeled: Dataset, validation: Dataset): Warning[] {
  const counted = validation.images.flatMap(({ annotations }) => annotations.filter(({ crowd }) => !crowd));
  if (counted.length === 0) {
    return [
      {
        code: 'validation-measures-nothing',
        message:
          `The validation images (${validation.images.length}) have no object that counts: every AP will be -1, and nothing tells a good run from a ` +
          'bad one. Name validation data with boxes ("data.validation").',
      },
    ];
  }
  const seen = new Set(counted.map(({ category }) => category));
  const learnt = new Set(labeled.images.flatMap(({ annotations }) => annotations.map(({ category }) => category)));
  const missing = validation.categories.filter((_, i) => learnt.has(i) && !seen.has(i)).map(({ name }) => name);
  if (missing.length === 0) return [];
  const names = missing.slice(0, 8).join(', ') + (missing.length > 8 ? ', …' : '');
  return [
    {
      code: 'validation-lacks-classes',
      message: `${missing.length} of the classes that are learnt have no object in the validation images (${names}): how well they are found is not measured.`,
    },
  ];
}
