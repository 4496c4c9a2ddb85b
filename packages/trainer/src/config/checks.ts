/** Settings that contradict each other: what a schema cannot say. No file is touched here. */
import { usesUnlabeled, type DetectorFacts, type MethodPlan } from '@sed/methods';
import { DETECTOR_FACTS } from '../run/detector.ts';
import { checkValidation } from './check-validation.ts';
import { isWeightsName } from './named-weights.ts';
import type { RunConfig } from './schema.ts';

/** One sentence a problem; empty where the config makes sense. The schedule is `check-schedule.ts`'s. */
export function checkConfig(config: RunConfig, plan: MethodPlan): string[] {
  const problems: string[] = [];
  const { method, batch, data, detector } = config;
  for (const kind of ['labeled', 'unlabeled'] as const) {
    if (batch[kind] % batch.accumulate !== 0) {
      problems.push(
        `"batch.${kind}" is ${batch[kind]}, which "batch.accumulate" (${batch.accumulate}) does not divide`,
      );
    }
  }
  if (usesUnlabeled(plan) && data.unlabeled === undefined) {
    problems.push(
      `"data.unlabeled" is missing: the method ${method.kind} needs a folder of unlabeled images, or "rest-of-labeled" with "data.split"`,
    );
  }
  problems.push(...(plan.method.check?.(method, factsOf(detector)) ?? []));
  if (data.unlabeled === 'rest-of-labeled' && data.split === undefined) {
    problems.push(
      '"data.unlabeled" is "rest-of-labeled" but there is no "data.split": no image of "data.labeled" is left over',
    );
  }
  if ('percent' in data.validation && data.split !== undefined && data.split.protocol !== 'sorted') {
    problems.push(
      `"data.validation" is a part of "data.labeled", and "data.split.protocol" "${data.split.protocol}" draws over all of it: name validation data of its own, or leave the protocol out`,
    );
  }
  for (const [name, { backgroundIou, foregroundIou }] of Object.entries(matchings(detector))) {
    if (backgroundIou > foregroundIou) {
      problems.push(`"detector.${name}.backgroundIou" is ${backgroundIou}, above "foregroundIou" (${foregroundIou})`);
    }
  }
  for (const [name, [low, high]] of Object.entries(ranges(config))) {
    if (low > high)
      problems.push(`"${name}" is [${low}, ${high}]: the first number must not be larger than the second`);
  }
  if (detector.weights !== null && detector.checkpoint !== null) {
    problems.push(
      '"detector.weights" and "detector.checkpoint" are both given; the checkpoint already has a backbone: set one of them to null',
    );
  }
  if (detector.weights !== null && isWeightsName(detector.weights) && detector.backbone.name !== 'efficientnet-lite0') {
    problems.push(
      `"detector.weights" is "${detector.weights}" but "detector.backbone.name" is "${detector.backbone.name}"`,
    );
  }
  problems.push(...checkValidation(config, plan));
  return problems;
}

function factsOf(detector: RunConfig['detector']): DetectorFacts {
  const { pairs, levels } = DETECTOR_FACTS[detector.kind];
  return {
    kind: detector.kind,
    pairs: pairs.map(({ name }) => name),
    levels,
    alignedScales: !('anchors' in detector) || detector.anchors.strides !== 'derived',
  };
}

/** By path inside `detector`. */
function matchings(detector: RunConfig['detector']): Record<string, { backgroundIou: number; foregroundIou: number }> {
  return {
    ...('matching' in detector ? { matching: detector.matching } : {}),
    ...('rpn' in detector ? { 'rpn.matching': detector.rpn.matching, 'roi.matching': detector.roi.matching } : {}),
  };
}

function ranges({ augment, input }: RunConfig): Record<string, readonly [number, number]> {
  const { jitter, blur, cutouts } = augment;
  const found: Record<string, readonly [number, number]> = {
    'augment.jitter.brightness': jitter.brightness,
    'augment.jitter.contrast': jitter.contrast,
    'augment.jitter.saturation': jitter.saturation,
    'augment.blur.sigma': blur.sigma,
  };
  if (input.resize.kind === 'fit') found['input.resize.scale'] = input.resize.scale;
  else found['input.resize.short'] = input.resize.short;
  cutouts.forEach((c, i) => {
    found[`augment.cutouts.${i}.scale`] = c.scale;
    found[`augment.cutouts.${i}.ratio`] = c.ratio;
  });
  return found;
}
