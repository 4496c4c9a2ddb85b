import { ConfigError, loadConfig, type RunConfig } from '@sed/trainer';
import { inOptions } from '../advice.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { overridesOf, type SourceChoices } from '../sources/source-options.ts';

/**
 * Reads the config that `--config` names, with `--set` on top; refuses sources beside it.
 *
 * @param purpose `data`: only the data is looked at, whatever the schedule says
 */
export function configOf(
  file: string,
  options: SourceChoices,
  context: Context,
  purpose: 'train' | 'data' = 'train',
): RunConfig {
  const overrides = overridesOf(options);
  try {
    return loadConfig(context.path(file), overrides, { purpose });
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(inOptions(error));
    throw error;
  }
}
