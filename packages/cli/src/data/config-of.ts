import { ConfigError, loadConfig, type RunConfig } from '@sed/trainer';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { overridesOf, type SourceChoices } from '../sources/source-options.ts';

/** Reads the config that `--config` names, with `--set` on top; refuses sources beside it. */
export function configOf(file: string, options: SourceChoices, context: Context): RunConfig {
  const overrides = overridesOf(options);
  try {
    return loadConfig(context.path(file), overrides);
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(error.message);
    throw error;
  }
}
