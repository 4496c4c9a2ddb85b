/** A draw in [0, 1). Pass a seeded stream; views are functions of their arguments only. */
export type Random = () => number;

/** `[low, high]`, low ≤ high. */
export type Range = readonly [number, number];

/** A real number, uniform in [low, high). */
export function uniform(random: Random, [low, high]: Range): number {
  return low + (high - low) * random();
}

/** A real number in [low, high), its logarithm uniform; low > 0. */
export function logUniform(random: Random, [low, high]: Range): number {
  return Math.exp(uniform(random, [Math.log(low), Math.log(high)]));
}

/** A whole number, uniform in low..high, both included. */
export function uniformInteger(random: Random, [low, high]: Range): number {
  return low + Math.floor(random() * (high - low + 1));
}

/** True with probability `p`; always takes one draw. */
export function chance(random: Random, p: number): boolean {
  return random() < p;
}
