/** What of a config's schedule lies beyond the end of the run, or contradicts itself. */
import type { MethodPlan } from '@sed/methods';
import type { RunConfig } from './schema.ts';

/** One sentence a problem; empty where everything happens within `iterations`. */
export function checkSchedule(config: RunConfig, plan: MethodPlan): string[] {
  const ofMethod = plan.method.checkSchedule?.(config.method, plan.run);
  const problems = [...(ofMethod?.beyondTheEnd ?? []), ...beyondTheEnd(config)];
  if (problems.length > 0) {
    problems.push(
      `what counts iterations belongs together: in a run of ${config.iterations} shorten all of it in proportion, or leave it out, and the ` +
        "paper's proportions are taken",
    );
  }
  problems.push(...(ofMethod?.others ?? []));
  const { schedule } = config;
  if (schedule.kind === 'step') {
    const ordered = schedule.milestones.every((m, i) => i === 0 || m > schedule.milestones[i - 1]!);
    if (!ordered) problems.push(`"schedule.milestones" is ${JSON.stringify(schedule.milestones)}; it must rise`);
  }
  return problems;
}

function* beyondTheEnd({ iterations, schedule, optimizer, evaluation }: RunConfig): Generator<string> {
  const run = `"iterations" ${iterations}`;
  if (schedule.kind === 'step') {
    const late = schedule.milestones.filter((m) => m >= iterations);
    if (late.length > 0) {
      yield `"schedule.milestones" has ${late.join(', ')}, at or after the last iteration (${iterations}): they would never come`;
    }
  }
  if (optimizer.warmup.steps >= iterations) {
    yield `"optimizer.warmup.steps" is ${optimizer.warmup.steps}, as long as the run (${run})`;
  }
  const late = evaluation.at.filter((at) => at > iterations);
  if (late.length > 0) {
    yield `"evaluation.at" has ${late.join(', ')}, after the last iteration (${iterations}): it would never be evaluated there`;
  }
}
