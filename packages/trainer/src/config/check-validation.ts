/** Settings around validation that contradict each other. */
import type { RunConfig } from './schema.ts';

/** One sentence a problem. */
export function checkValidation(config: RunConfig): string[] {
  const { earlyStopping, evaluation, checkpoints, method, iterations } = config;
  const problems: string[] = [];
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
    const count = evaluationsBetween(config, method.burnIn, iterations);
    // the first one is what the others are compared with
    if (count <= earlyStopping.patience) {
      problems.push(
        `"earlyStopping.patience" is ${earlyStopping.patience}, but between the burn-in (${method.burnIn}) and the end (${iterations}) evaluations number ${count}: ` +
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
