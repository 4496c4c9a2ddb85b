import { resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import type { Io } from './io.ts';

/** What a command gets besides its options. */
export interface Context {
  readonly io: Io;
  /** Absolute path of a path that the user typed. */
  readonly path: (typed: string) => string;
  /** The one JSON object on stdout. */
  readonly json: (value: object) => void;
  /** Text that is the result. */
  readonly print: (text: string) => void;
  /** The exit code of a command that ends without an Error, e.g. after Ctrl-C. */
  readonly exit: (code: 0 | 1 | 2) => void;
}

export function createContext(io: Io, state: { exitCode: number }): Context {
  return {
    io,
    path: (typed) => resolve(io.cwd, typed),
    json: (value) => void io.stdout.write(`${JSON.stringify(value)}\n`),
    print: (text) => void io.stdout.write(text.endsWith('\n') ? text : `${text}\n`),
    exit: (code) => void (state.exitCode = code),
  };
}

/** Parser of an option that is a whole number of at least `least`. */
export function whole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < least) {
      throw new InvalidArgumentError(`Must be a whole number of at least ${least}.`);
    }
    return value;
  };
}

/** Parser of an option that is a number of the range. */
export function between(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || Number.isNaN(value) || value < low || value > high) {
      throw new InvalidArgumentError(`Must be a number from ${low} to ${high}.`);
    }
    return value;
  };
}

/** Parser of short edges with commas, `480,800,1200`: at least two, each once. */
export function scales(text: string): number[] {
  const values = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  const fits = values.every((v) => Number.isInteger(v) && v >= 64) && new Set(values).size === values.length;
  if (!fits || values.length < 2) {
    throw new InvalidArgumentError('Must be two or more different whole numbers of at least 64, e.g. 480,800,1200.');
  }
  return values;
}

/** Collects an option that may be given many times. */
export function collect(text: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), text];
}
