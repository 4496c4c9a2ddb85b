/** Programs as somebody starts them who is not inside of an `npm test`. */
import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

const OURS =
  /^(NODE_OPTIONS|INIT_CWD|npm_(package|lifecycle|node|command|exec).*|npm_config_(local_prefix|user_agent))$/i;
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !OURS.test(name)));

const start = promisify(execFile);

/** Runs a program to its end; the test's own process goes on meanwhile. @returns what it printed */
export async function run(
  program: string,
  args: readonly string[],
  cwd: string,
  more: Record<string, string> = {},
): Promise<string> {
  const env = { ...environment, PATH: `${dirname(program)}:${environment['PATH']}`, ...more };
  try {
    return (await start(program, args, { cwd, maxBuffer: 1 << 26, env, timeout: 300_000 })).stdout;
  } catch (error) {
    const { message, stdout, stderr } = error as Error & { stdout: string; stderr: string };
    throw new Error(`${message}\n${stdout.slice(-4000)}\n${stderr.slice(-4000)}`);
  }
}
