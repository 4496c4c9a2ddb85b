/** Settings around validation that contradict each other. */
import { byPreference, settledFrom, type MethodPlan } from '@sed/methods';
import { suggestion } from './problems.ts';
import type { RunConfig } from './schema.ts';

/** One sentence a problem. */
export function checkValidation(config: RunConfig, plan: MethodPlan): string[] {
  const { earlyStopping, evaluation, checkpoints, iterations } = config;
  const problems: string[] = [];
  const networks = byPreference(plan.networks);
  for (const model of evaluation.models.filter((name) => !networks.includes(name))) {
    problems.push(
      `"evaluation.models" has "${model}", which is no network of the method ${plan.method.kind}${suggestion(model, networks)}`,
    );
  }
  for (const [name, model] of [
    ['checkpoints.best.model', checkpoints.best?.model],
    ['earlyStopping.model', earlyStopping?.model],
  ] as const) {
    if (model !== undefined && !evaluation.models.includes(model)) {
      problems.push(
        `"${name}" is "${model}", which "evaluation.models" (${evaluation.models.join(', ')}) does not evaluate`,
      );
    }
  }
  if (earlyStopping !== null) {
    const from = settledFrom(plan);
    const count = evaluationsBetween(config, from, iterations);
    // the first one is what the others are compared with
    if (count <= earlyStopping.patience) {
      problems.push(
        `"earlyStopping.patience" is ${earlyStopping.patience}, but between the burn-in (${from}) and the end (${iterations}) evaluations number ${count}: ` +
          'the run could never stop early; evaluate more often ("evaluation.every"), lower the patience, or set "earlyStopping" to null',
      );
    }
  }
  return problems;
}

/** Evaluations after step `from` and before step `to`. */
function evaluationsBetween({ evaluation: { every, at } }: RunConfig, from: number, to: number): number {
  const regular = every === 0 ? 0 : Math.max(0, Math.ceil(to / every) - 1 - Math.floor(from / every));
  const others = new Set(at.filter((step) => step > from && step < to && (every === 0 || step % every !== 0)));
  return regular + others.size;
}
