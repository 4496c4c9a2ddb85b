/** From JSON to a {@link RunConfig}: paths made absolute, defaults filled in, everything validated. */
import { standardMethods, type AnyMethod, type MethodPlan } from '@sed/methods';
import { Type } from '@sinclair/typebox';
import { Ajv } from 'ajv';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { checkSchedule } from './check-schedule.ts';
import { checkConfig } from './checks.ts';
import { concretize } from './concretize.ts';
import { OVERRIDES, setByPath } from './overrides.ts';
import { todaysPath, withTodaysNames } from './former-names.ts';
import { moveData, resolvePaths } from './paths.ts';
import { ConfigError, describe, isTooDeep, TOO_DEEP } from './problems.ts';
import { fillScheduleDefaults } from './schedule-defaults.ts';
import { methodPlan, type Methods } from './method-plan.ts';
import { runConfigSchemaOf, type RunConfig } from './schema.ts';
import { parseJsonText } from './syntax.ts';

export interface ParseOptions {
  /** What messages call the config: the file's name. */
  readonly source?: string;
  /** Relative paths are relative to this folder. Default: the working folder. */
  readonly folder?: string;
  /**
   * `data`: only the data is looked at, and a schedule that contradicts itself is no hindrance. `predict`: only the
   * detector is used, and the method may be one that is not there. Default `train`.
   */
  readonly purpose?: 'train' | 'data' | 'predict';
  /** Methods that the config may name. Default: the standard ones. */
  readonly methods?: Methods;
}

/**
 * Validates a config and fills in the defaults. The argument is not changed.
 * @throws ConfigError that lists every problem: unknown names (with the nearest valid one), missing ones, wrong types
 *   and values, and settings that contradict each other.
 */
export function parseConfig(json: unknown, options: ParseOptions = {}): RunConfig {
  const { source = 'config', folder = process.cwd(), purpose = 'train' } = options;
  if (isTooDeep(json)) throw new ConfigError(source, [TOO_DEEP]);
  const value = resolvePaths(structuredClone(withTodaysNames(json, source)), folder);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ConfigError(source, ['the config must be a JSON object']);
  }
  const given = options.methods ?? standardMethods;
  const stranger = purpose === 'predict' ? strangerIn(value, given) : undefined;
  const methods = stranger ? [...given, stranger] : given;
  fillScheduleDefaults(value as Record<string, unknown>, methods);
  const schema = concretize(runConfigSchemaOf(methods), value);
  const ajv = new Ajv({ allErrors: true, useDefaults: true, strict: true, allowUnionTypes: true, strictTuples: false });
  const validate = ajv.compile(schema);
  if (!validate(value)) {
    const problems = (validate.errors ?? []).map((e) => describe(e, schema, value));
    throw new ConfigError(source, [...new Set(problems)]);
  }
  const config = value as unknown as RunConfig;
  if (stranger) return config;
  const plan = methodPlan(config, methods);
  config.evaluation.models ??= evaluatedByDefault(plan);
  const problems = [...(purpose === 'data' ? [] : checkSchedule(config, plan)), ...checkConfig(config, plan)];
  if (problems.length > 0) throw new ConfigError(source, problems);
  return config;
}

/** A network that is a copy of another repeats its numbers. */
function evaluatedByDefault({ networks }: MethodPlan): string[] {
  return Object.keys(networks).filter((name) => networks[name]!.role !== 'frozen');
}

/** A method that is not there, for a config whose section of it nobody reads. */
function strangerIn(value: object, methods: Methods): AnyMethod | undefined {
  const kind: unknown = (value as { method?: { kind?: unknown } }).method?.kind;
  if (typeof kind !== 'string' || methods.some((method) => method.kind === kind)) return undefined;
  return {
    kind,
    schema: Type.Object({ kind: Type.Literal(kind) }, { additionalProperties: true }),
    networks: () => ({}),
    views: () => [],
    parts: () => [],
  };
}

/**
 * Reads a config file. Relative paths in it are relative to its folder (those of `data` to `data.root`); `overrides`
 * (`a.b=value`) come on top, with their paths relative to the working folder, as a shell's user expects.
 * `data.root=DIR` moves the data.
 */
export function loadConfig(
  file: string,
  overrides: readonly string[] = [],
  options: Pick<ParseOptions, 'purpose' | 'methods'> = {},
): RunConfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(file, [`the config cannot be read: ${(error as Error).message}`]);
  }
  const json = withTodaysNames(parseJsonText(text, file), file);
  if (isTooDeep(json)) throw new ConfigError(file, [TOO_DEEP]);
  const folder = dirname(resolve(file));
  const located = resolvePaths(withRoot(json, overrides, folder), folder);
  return parseConfig(
    overridden(
      located,
      overrides.filter((o) => !setsRoot(o)),
    ),
    { ...options, source: file },
  );
}

const ROOT = 'data.root=';
const setsRoot = (override: string): boolean => override.startsWith(ROOT);

/** The data moved to the last root that the overrides name. */
function withRoot(json: unknown, overrides: readonly string[], folder: string): unknown {
  const root = overrides.filter(setsRoot).at(-1)?.slice(ROOT.length);
  return root === undefined ? json : moveData(json, resolve(root), folder);
}

/** Overrides with paths relative to the working folder. */
function overridden(json: unknown, overrides: readonly string[]): unknown {
  // made absolute on their own, where no root of the config reaches them
  const absolute = overrides.map((o) => {
    const keys = o.slice(0, o.indexOf('=')).trim().split('.');
    const alone = keys.reduce<unknown>(
      (v, k) => (v as Record<string, unknown> | undefined)?.[k],
      resolvePaths(setByPath({}, [o]), process.cwd()),
    );
    return `${todaysPath(keys.join('.'))}=${JSON.stringify(alone)}`;
  });
  return setByPath(json, absolute);
}

/**
 * A config with some settings replaced: `applyOverrides(config, ['optimizer.lr=0.02', 'data.split.fold=2'])`. A value
 * is JSON, or a plain string where it is no JSON. The result is validated like a file.
 */
export function applyOverrides(
  config: RunConfig,
  overrides: readonly string[],
  options: Pick<ParseOptions, 'methods'> = {},
): RunConfig {
  const moved = withRoot(config, overrides, process.cwd());
  const rest = overrides.filter((o) => !setsRoot(o));
  return parseConfig(overridden(moved, rest), { ...options, source: OVERRIDES });
}
