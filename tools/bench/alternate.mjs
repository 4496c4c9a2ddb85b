/**
 * Commands that print one JSON line each, run alternately so that what else the machine does falls on all of them
 * alike.
 */
import { spawnSync } from 'node:child_process';
import { root } from '../bootstrap/steps.mjs';

/**
 * The object on the last line that a command prints; an Error with the end of what it wrote to stderr where it fails.
 */
export function jsonOf([program, ...args], { timeout } = {}) {
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', cwd: root, timeout });
  if (status !== 0) {
    const why = error?.message ?? (signal ? `ended by ${signal}` : stderr.trim().split('\n').slice(-3).join(' '));
    throw new Error(`${[program, ...args].join(' ')}: ${why}`);
  }
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

/**
 * Runs each of `variants` (name → words of a command) `rounds` times in turn.
 * @returns name → results in their order; an Error in place of a variant's results from its first failure on
 */
export function alternate(variants, rounds, told = () => {}) {
  const results = Object.fromEntries(Object.keys(variants).map((name) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const [name, words] of Object.entries(variants)) {
      if (results[name] instanceof Error) continue;
      try {
        results[name].push(jsonOf(words));
        told(round, name, results[name].at(-1));
      } catch (error) {
        results[name] = error;
        process.stderr.write(`round ${round}  ${name} failed: ${error.message}\n`);
      }
    }
  }
  return results;
}

export function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** `12 (11 to 15)`: median and range. */
export function spread(list, digits = 0) {
  if (list.length === 1) return list[0].toFixed(digits);
  return `${median(list).toFixed(digits)} (${Math.min(...list).toFixed(digits)} to ${Math.max(...list).toFixed(digits)})`;
}

/** Element by element; both ran in the same round. */
export const ratios = (a, b) => a.map((value, i) => value / b[i]);
