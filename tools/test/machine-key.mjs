/**
 * What a test's result depends on besides the sources: which native backends and weights this user has. An input of
 * nx's cache.
 */
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const cache = process.env.SED_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sed');
for (const folder of ['runtime', 'weights']) {
  const path = join(cache, folder);
  process.stdout.write(`${folder}: ${existsSync(path) ? readdirSync(path).sort().join(' ') : 'none'}\n`);
}
