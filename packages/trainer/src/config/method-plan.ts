/** The method that a config names, and its plan. */
import { planOf, standardMethods, type AnyMethod, type MethodPlan, type RunFacts } from '@sed/methods';
import type { RunConfig } from './schema.ts';

/** Methods that a config may name. */
export type Methods = readonly AnyMethod[];

/** What a method is told of a run. */
function runFacts({ seed, iterations, batch, schedule, augment }: RunConfig): RunFacts {
  return {
    seed,
    iterations,
    batch,
    milestones: schedule.kind === 'step' ? schedule.milestones : [],
    labeledView: augment.labeled,
  };
}

/**
 * @param methods those that there are
 * @throws Error where the config's is none of them
 */
export function methodPlan(config: RunConfig, methods: Methods = standardMethods): MethodPlan {
  return planOf(methodOf(config, methods), config.method, runFacts(config));
}

export function methodOf({ method: { kind } }: Pick<RunConfig, 'method'>, methods: Methods): AnyMethod {
  const found = methods.find((method) => method.kind === kind);
  if (found) return found;
  throw new Error(
    `"method.kind" is "${kind}", and the methods given are ${methods.map((m) => m.kind).join(', ')}. A method of your own is passed in "methods".`,
  );
}
