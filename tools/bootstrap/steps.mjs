/** Running the steps of the bootstrap: each is named before it starts and its time is told after. */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

const bold = (text) => (process.stderr.isTTY ? `\u001b[1m${text}\u001b[0m` : text);

export const say = (text) => process.stderr.write(`${text}\n`);

/**
 * Runs a command in the repository root; resolves with its exit code. `quiet` shows its output only when it fails; with
 * `quiet`, output that matches `failsOn` is a failure too.
 */
export function command(program, args, { env = {}, quiet = false, failsOn, cwd = root } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['inherit', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
      shell: process.platform === 'win32',
    });
    let output = '';
    for (const stream of quiet ? [child.stdout, child.stderr] : []) stream.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => {
      say(`${program}: ${error.message}`);
      resolve(127);
    });
    child.on('close', (code, signal) => {
      const failed = code || (signal ? 130 : failsOn?.test(output) ? 1 : 0);
      if (quiet && failed !== 0) process.stderr.write(output);
      resolve(failed);
    });
  });
}

/** A named step; `run` resolves with an exit code or throws. Returns the code. */
export async function step(name, run) {
  const start = performance.now();
  say(bold(`▸ ${name}`));
  const code = await run();
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  say(code === 0 ? `  done in ${seconds} s` : `  failed (exit ${code}) after ${seconds} s`);
  return code;
}

/** The same, and the end of the process when it fails. */
export async function must(name, run) {
  const code = await step(name, run);
  if (code !== 0) process.exit(code);
}
