import { InvalidArgumentError } from 'commander';

/** Parser of an option that is one whole number of at least `least`, or several with commas, each once: `256,384`. */
export function wholes(least: number): (text: string) => number[] {
  return (text) => {
    const values = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
    if (!values.every((v) => Number.isInteger(v) && v >= least) || new Set(values).size !== values.length) {
      throw new InvalidArgumentError(
        `Must be a whole number of at least ${least}, or different ones with commas, e.g. ${[1, 2, 4].map((n) => n * least).join()}.`,
      );
    }
    return values;
  };
}
