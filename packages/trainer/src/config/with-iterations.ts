/** A run of another length, as a whole. */
import { describeCounts, scaleIterations } from './iteration-counts.ts';
import { standardMethods } from '@sed/methods';
import type { Methods } from './method-plan.ts';
import { parseConfig } from './parse.ts';
import type { Rescaled } from './rescale.ts';
import type { RunConfig } from './schema.ts';

/**
 * A run of `iterations`, in which burn-in, ramp, milestones, the step of α, warm-up and all intervals keep their part
 * of it. Learning rate, batch and α stay: a shorter run sees fewer images.
 *
 * @param iterations of the new run, at least 1
 * @param methods those that there are. Default: the standard ones
 * @throws ConfigError where no run of this length makes sense, e.g. of one iteration with a teacher
 */
export function withIterations(config: RunConfig, iterations: number, methods: Methods = standardMethods): Rescaled {
  if (iterations === config.iterations) return { config, notes: [] };
  const scaled = scaleIterations(config, iterations, methods);
  return {
    config: parseConfig(scaled.config, { source: `the config at ${iterations} iterations`, methods }),
    notes: [`The whole schedule keeps its proportions: ${describeCounts(scaled.changed)}.`],
  };
}
