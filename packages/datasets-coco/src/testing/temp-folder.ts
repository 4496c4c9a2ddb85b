/** A folder of files for one test file. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface TempFolder {
  readonly path: string;
  readonly at: (...parts: string[]) => string;
  /** Writes files, with their folders; a list of names gets one byte each. */
  readonly write: (files: Readonly<Record<string, string | Uint8Array>> | readonly string[]) => Promise<void>;
  /** The message of the Error that a promise is rejected with, the folder's path as `<tmp>`. */
  readonly messageOf: (promise: Promise<unknown>) => Promise<string>;
}

/** A new folder for each test of the file, removed after it: `tempFolder({ beforeEach, afterEach })`. */
export function tempFolder(hooks: Record<'beforeEach' | 'afterEach', (run: () => Promise<void>) => void>): TempFolder {
  let path = '';
  hooks.beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'sed-data-'));
  });
  hooks.afterEach(() => rm(path, { recursive: true }));
  const at = (...parts: string[]) => join(path, ...parts);
  return {
    get path() {
      return path;
    },
    at,
    write: async (files) => {
      const entries = Array.isArray(files) ? files.map((name: string) => [name, 'x'] as const) : Object.entries(files);
      for (const [name, content] of entries) {
        await mkdir(dirname(at(name)), { recursive: true });
        await writeFile(at(name), content);
      }
    },
    messageOf: (promise) =>
      promise.then(
        () => 'nothing was thrown',
        (error: Error) => error.message.replaceAll(path, '<tmp>'),
      ),
  };
}
