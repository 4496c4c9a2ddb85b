/**
 * Runs work so that the weights of what runs stay within a bound; in the order of asking. What weighs more than the
 * bound runs alone.
 */
export function weightedLimit(bound: number): <T>(weight: number, work: () => Promise<T>) => Promise<T> {
  let held = 0;
  const waiting: { readonly weight: number; readonly start: () => void }[] = [];
  const next = () => {
    for (
      let first = waiting[0];
      first !== undefined && (held === 0 || held + first.weight <= bound);
      first = waiting[0]
    ) {
      waiting.shift();
      held += first.weight;
      first.start();
    }
  };
  return async (weight, work) => {
    await new Promise<void>((start) => {
      waiting.push({ weight, start });
      next();
    });
    try {
      return await work();
    } finally {
      held -= weight;
      next();
    }
  };
}
