/** What of a config's schedule lies beyond the end of the run, or contradicts itself. */
import type { RunConfig } from './schema.ts';

/** One sentence a problem; empty where everything happens within `iterations`. */
export function checkSchedule(config: RunConfig): string[] {
  const problems = [...beyondTheEnd(config)];
  if (problems.length > 0) {
    problems.push(
      `what counts iterations belongs together: in a run of ${config.iterations} shorten all of it in proportion, or leave it out, and the ` +
        "paper's proportions are taken",
    );
  }
  const { method, schedule } = config;
  if (schedule.kind === 'step') {
    const ordered = schedule.milestones.every((m, i) => i === 0 || m > schedule.milestones[i - 1]!);
    if (!ordered) problems.push(`"schedule.milestones" is ${JSON.stringify(schedule.milestones)}; it must rise`);
  }
  if (method.alpha.kind === 'step' && method.alpha.at === undefined) {
    if (schedule.kind !== 'step') {
      problems.push('"method.alpha.at" is missing: a cosine schedule has no milestone at which α could step');
    } else if (schedule.milestones.length === 0) {
      problems.push('"method.alpha.at" is missing: without a milestone of the learning rate the step of α has no time');
    }
  }
  return problems;
}

function* beyondTheEnd({ iterations, method, schedule, optimiser, evaluation }: RunConfig): Generator<string> {
  const run = `"iterations" ${iterations}`;
  if (method.burnIn >= iterations) {
    yield `"method.burnIn" is ${method.burnIn} and ${run}: the burn-in must end before the run does, or the teacher never starts`;
  } else if (method.kind === 'sed' && method.burnIn + method.ramp > iterations) {
    yield `"method.ramp" is ${method.ramp} after a burn-in of ${method.burnIn}, and ${run}: the unsupervised weights would never rise to what they are set to`;
  }
  if (schedule.kind === 'step') {
    const late = schedule.milestones.filter((m) => m >= iterations);
    if (late.length > 0) {
      yield `"schedule.milestones" has ${late.join(', ')}, at or after the last iteration (${iterations}): they would never come`;
    }
  }
  if (method.alpha.kind === 'step' && method.alpha.at !== undefined && method.alpha.at >= iterations) {
    yield `"method.alpha.at" is ${method.alpha.at}, at or after the last iteration (${iterations}): α would never step`;
  }
  if (optimiser.warmup.steps >= iterations) {
    yield `"optimiser.warmup.steps" is ${optimiser.warmup.steps}, as long as the run (${run})`;
  }
  const late = evaluation.at.filter((at) => at > iterations);
  if (late.length > 0) {
    yield `"evaluation.at" has ${late.join(', ')}, after the last iteration (${iterations}): it would never be evaluated there`;
  }
}
