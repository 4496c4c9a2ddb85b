/** What the options of the losses may be, and their defaults. Errors begin with the function that was called. */
import { checkChoice, checkNames, checkNumber } from '@sed/tensor-ops/arguments';
import type { ConsistencyOptions, DivergenceOptions, RegressionWeighting, Weighting } from './types.ts';

/** M of Eq 5. */
export const DEFAULT_BINS = 10;
/** γ of the focal weighting. */
const DEFAULT_GAMMA = 2;

/** A weighting without gaps. */
export type FullWeighting = {
  readonly [K in Weighting['kind']]: Required<Extract<Weighting, { kind: K }>>;
}[Weighting['kind']];

/** The fields of each kind of weighting, which a message lists. */
const WEIGHTINGS = {
  'gradient-histogram': ['kind', 'bins'],
  uniform: ['kind'],
  ohem: ['kind', 'keep'],
  focal: ['kind', 'gamma'],
} as const satisfies Record<Weighting['kind'], readonly string[]>;
const REGRESSIONS = ['mean', 'objectness', 'class'] as const satisfies readonly RegressionWeighting['kind'][];

const DIVERGENCE = ['activation', 'weighting'] as const satisfies readonly (keyof DivergenceOptions)[];
const CONSISTENCY = [
  ...DIVERGENCE,
  'regression',
  'regressionDivisor',
] as const satisfies readonly (keyof ConsistencyOptions)[];

/**
 * Checks the options of a loss that has no others than Eq 5. @returns the weighting, the default one where none is
 * given
 */
export function checkDivergenceOptions(
  caller: string,
  options: DivergenceOptions,
  more: readonly string[] = [],
): FullWeighting {
  checkNames(caller, 'options', options, [...DIVERGENCE, ...more]);
  checkActivation(caller, options.activation);
  return fullWeighting(caller, options.weighting ?? { kind: 'gradient-histogram' });
}

/**
 * Checks the options of Eqs 2 and 3, but for what depends on the tensors (`checkRegression`). @returns the weighting
 */
export function checkConsistencyOptions(caller: string, options: ConsistencyOptions): FullWeighting {
  const weighting = checkDivergenceOptions(caller, options, CONSISTENCY);
  const { regression, regressionDivisor } = options;
  if (regression !== undefined) {
    checkNames(caller, 'options.regression', regression, ['kind']);
    checkChoice(caller, 'options.regression.kind', regression.kind, REGRESSIONS);
  }
  if (regressionDivisor !== undefined) {
    checkNumber(caller, 'options.regressionDivisor', regressionDivisor, (d) => d > 0, 'a number above 0');
  }
  return weighting;
}

export function checkActivation(caller: string, activation: unknown, path = 'options.activation'): void {
  checkChoice(caller, path, activation, ['softmax', 'sigmoid']);
}

export function checkBins(caller: string, path: string, bins: unknown): void {
  checkNumber(caller, path, bins, (b) => Number.isInteger(b) && b >= 1, 'a whole number from 1');
}

function fullWeighting(caller: string, weighting: Weighting): FullWeighting {
  const path = 'options.weighting';
  checkNames(caller, path, weighting, [...new Set(Object.values(WEIGHTINGS).flat())]);
  checkChoice(caller, `${path}.kind`, weighting.kind, Object.keys(WEIGHTINGS));
  checkNames(caller, path, weighting, WEIGHTINGS[weighting.kind]);
  switch (weighting.kind) {
    case 'gradient-histogram': {
      const { kind, bins = DEFAULT_BINS } = weighting;
      checkBins(caller, `${path}.bins`, bins);
      return { kind, bins };
    }
    case 'uniform':
      return weighting;
    case 'ohem': {
      const wanted = 'a whole number of rows from 1, or a share of the rows above 0 and below 1';
      const inRange = (keep: number): boolean => keep > 0 && (keep < 1 || Number.isInteger(keep));
      checkNumber(caller, `${path}.keep`, weighting.keep, inRange, wanted);
      return weighting;
    }
    case 'focal': {
      const { kind, gamma = DEFAULT_GAMMA } = weighting;
      checkNumber(caller, `${path}.gamma`, gamma, (g) => g >= 0, '0 or more');
      return { kind, gamma };
    }
  }
}
