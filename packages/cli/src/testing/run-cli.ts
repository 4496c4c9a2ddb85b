/** Runs a command line in this process and keeps what it writes. For tests. */
import { Writable } from 'node:stream';
import type { Io } from '../io.ts';
import { run } from '../run.ts';

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  /** As on a terminal of 120 columns. */
  readonly interactive?: boolean;
}

export async function runCli(argv: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const stdout = new Kept();
  const stderr = new Kept();
  const io: Io = {
    stdout,
    stderr,
    interactive: options.interactive ?? false,
    columns: () => 120,
    env: { ...process.env, ...options.env },
    cwd: options.cwd ?? process.cwd(),
    onInterrupt: () => () => {},
    kill: () => {},
    abandonThreads: () => {},
  };
  const code = await run(argv, io);
  return { code, stdout: stdout.text, stderr: stderr.text };
}

class Kept extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
