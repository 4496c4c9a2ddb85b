/** A run of seconds for tests that start `sed-cli` as a process of its own. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const tool = new URL('../../../../tools/reliability/tiny-run.mjs', import.meta.url).href;

export const cli = fileURLToPath(new URL('../../../cli/bin/sed-cli.mjs', import.meta.url));

/** No flags of Jest's own process. */
export const env = { ...process.env, NODE_OPTIONS: '', TF_CPP_MIN_LOG_LEVEL: '2' };

/** Makes scenes and `run.json`, the config of a run on them, in a folder. */
export function writeTinyRun(folder: string, changes: object): void {
  const [at, what] = [folder, changes].map((value) => JSON.stringify(value));
  const program = `const { tinyRun } = await import('${tool}'); process.stdout.write(JSON.stringify(await tinyRun(${at}, ${what})));`;
  writeFileSync(
    join(folder, 'run.json'),
    execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      env,
      timeout: 120_000,
      killSignal: 'SIGKILL',
    }),
  );
}
