/** Settings of SED that contradict each other, the detector or the length of the run. */
import type { DetectorFacts, RunFacts, ScheduleProblems } from '../method.ts';
import { checkAveraging } from '../schedules/alpha.ts';
import type { SedConfig } from './schema.ts';

/** One sentence a problem. */
export function checkSed(config: SedConfig, detector: DetectorFacts): string[] {
  const problems: string[] = [];
  const { kind, pairs, levels } = detector;
  if (config.maxShift >= levels) {
    problems.push(
      `"method.maxShift" is ${config.maxShift}; the pyramid has ${levels} levels, so a view can be halved ${levels - 1} times at most`,
    );
  }
  for (const name of ['classificationWeight', 'regressionWeight'] as const) {
    const other = Object.keys(config[name]).filter((pair) => !pairs.includes(pair));
    if (other.length > 0) {
      problems.push(`"method.${name}" has ${other.join(', ')}; a ${kind} has the pairs ${pairs.join(' and ')}`);
    }
  }
  for (const [a, b] of [
    ['classificationWeight', 'regressionWeight'],
    ['lambdaScale', 'lambdaDistill'],
  ] as const) {
    if (config[a] !== 0 || config[b] !== 0) continue;
    problems.push(
      `"method.${a}" and "method.${b}" are both 0: nothing is learnt from unlabeled images; use the method supervised`,
    );
  }
  if (!detector.alignedScales) {
    problems.push(
      '"detector.anchors.strides" is "derived" (torchvision\'s): the anchors of a view and of its half would not be at the same places; the method sed needs "fixed"',
    );
  }
  return problems;
}

/** What is wrong with the schedules of the average and of the ramp. */
export function checkSedSchedule(config: SedConfig, run: RunFacts): ScheduleProblems {
  const { beyondTheEnd, others } = checkAveraging(config, run);
  const { burnIn, ramp } = config;
  if (burnIn < run.iterations && burnIn + ramp > run.iterations) {
    beyondTheEnd.push(
      `"method.ramp" is ${ramp} after a burn-in of ${burnIn}, and "iterations" ${run.iterations}: the unsupervised weights would never rise to what they are set to`,
    );
  }
  return { beyondTheEnd, others };
}
