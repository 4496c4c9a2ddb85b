import { spawn } from 'node:child_process';

export interface ProcessResult {
  /** The exit code, or `ENOENT` where there is no such program. */
  readonly code: number | 'ENOENT';
  readonly stdout: string;
  readonly stderr: string;
}

export type RunProcess = (
  command: string,
  args: readonly string[],
  options: { cwd?: string },
) => Promise<ProcessResult>;

/** Runs a program without a shell and collects what it says. */
export const runProcess: RunProcess = (command, args, options) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') resolve({ code: 'ENOENT', stdout, stderr });
      else reject(error);
    });
    child.on('close', (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
