import { spawn } from 'node:child_process';

export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
}

export interface SpawnOptions {
  /** Added to the environment of this process. */
  env?: Record<string, string>;
  /** The folder it runs in; default this process's. */
  cwd?: string;
  signal?: AbortSignal;
  timeoutMs?: number;
  /** Called with each whole line of stdout as it comes. */
  onLine?: (line: string) => void;
}

const KEEP = 64 * 1024;

/**
 * Runs a program to its end and gives its exit code and the last 64 KB of what it printed.
 * A program that is not there has code 127, as in a shell; only an abort throws.
 */
export function runProgram(command: string, args: readonly string[], options: SpawnOptions = {}): Promise<Finished> {
  const { env, cwd, signal, timeoutMs, onLine } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(aborted());
      return;
    }
    const child = spawn(command, args, {
      env: { ...process.env, ...env },
      ...(cwd ? { cwd } : {}),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const stop = (): void => void child.kill('SIGTERM');
    signal?.addEventListener('abort', stop, { once: true });
    const timer = timeoutMs === undefined ? undefined : setTimeout(stop, timeoutMs);
    let stdout = '';
    let stderr = '';
    let line = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout = (stdout + text).slice(-KEEP);
      if (!onLine) return;
      const lines = (line + text).split('\n');
      line = lines.pop() ?? '';
      for (const whole of lines) onLine(whole);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-KEEP);
    });
    let done = false;
    const finish = (settle: () => void): void => {
      if (done) return;
      done = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      settle();
    };
    child.on('error', (error: NodeJS.ErrnoException) =>
      finish(() => resolve({ code: error.code === 'ENOENT' ? 127 : 126, stdout, stderr: error.message })),
    );
    child.on('close', (code, killedBy) =>
      finish(() => {
        if (signal?.aborted) reject(aborted());
        else resolve({ code: code ?? 1, stdout, stderr: killedBy ? `${stderr}\nended by ${killedBy}` : stderr });
      }),
    );
  });
}

function aborted(): Error {
  const error = new Error('The installation was stopped; what it had downloaded is kept.');
  error.name = 'AbortError';
  return error;
}
