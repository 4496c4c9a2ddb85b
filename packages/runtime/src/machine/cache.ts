import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder where SED keeps what it downloads and builds, one for each user: `$SED_CACHE`, else `$XDG_CACHE_HOME/sed`,
 * else `~/.cache/sed`.
 */
function cacheFolder(): string {
  const own = process.env['SED_CACHE'];
  if (own) return own;
  const xdg = process.env['XDG_CACHE_HOME'];
  return join(xdg ? xdg : join(homedir(), '.cache'), 'sed');
}

/** The part of the cache that belongs to this package. */
export function runtimeFolder(cacheDir?: string): string {
  return join(cacheDir ?? cacheFolder(), 'runtime');
}
