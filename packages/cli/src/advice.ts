/** What a user of the command line types where errors of the libraries speak of their own options. */
import type { ClassesError } from '@sed/datasets-coco';
import type { ChangedDataError, ConfigError, OldRunError, OVERRIDES, StoppedError } from '@sed/trainer';
import type { MissingWeightsError } from '@sed/trainer/named-weights';
import { shellWord } from './ui/shell.ts';

/** Types alone: a command that fails early has not loaded the libraries. */
type Advised = ChangedDataError | ClassesError | MissingWeightsError | OldRunError | StoppedError;

/** A path as the user would type it. */
type Shown = (path: string) => string;

/** Without --config: the folder has the settings, with what --set and --batch made of them. */
export const resumeCommand = (out: string): string => `sed-cli train --out ${shellWord(out)} --resume`;

const ADVICE: {
  readonly [A in Advised['advice']]: (error: Extract<Advised, { advice: A }>, shown: Shown) => string | undefined;
} = {
  'accept-changed-data': () => 'If it is meant: --accept-changed-data.',
  'fetch-weights': () => '`sed-cli setup` fetches them.',
  'match-classes': () =>
    'On the command line: --classes a,b, --rename-classes aeroplane=airplane, --leave-out-classes a,b or others.',
  resume: (error, shown) => {
    if (error.name === 'OldRunError') return 'To resume: sed-cli train --out <the run folder> --resume';
    return error.resumeIn === undefined ? undefined : `To resume: ${resumeCommand(shown(error.resumeIn))}`;
  },
};

/** The advice on an error, on those that it gathers and on what caused it, each once. */
export function adviceOn(error: unknown, shown: Shown): string[] {
  const found: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) {
    for (const each of [at, ...(at instanceof AggregateError ? (at.errors as unknown[]) : [])]) {
      const { advice } = each as Partial<Advised>;
      const say = advice === undefined ? undefined : (ADVICE[advice] as (error: unknown, shown: Shown) => string);
      const text = say?.(each, shown);
      if (text !== undefined && !found.includes(text)) found.push(text);
    }
  }
  return found;
}

const SET: typeof OVERRIDES = 'overrides';

/** A message that calls assignments by the option that they come from. */
export function inOptions(error: Error): string {
  const { name, source } = error as Partial<ConfigError>;
  const ofSet = name === 'ConfigError' && source === SET;
  return ofSet ? error.message.replaceAll(new RegExp(`^${SET}: `, 'gm'), '--set: ') : error.message;
}
