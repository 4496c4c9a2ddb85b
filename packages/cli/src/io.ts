/** What a command may touch of the process it runs in. Tests pass their own. */
export interface Io {
  /** Results only: a table, or with `--json` exactly one JSON object. */
  readonly stdout: NodeJS.WritableStream;
  /** Progress, warnings and errors. */
  readonly stderr: NodeJS.WritableStream;
  /** Whether stderr is a terminal: a line that is drawn again and again, colours. */
  readonly interactive: boolean;
  /** Columns of that terminal. */
  readonly columns: () => number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative paths are relative to this. */
  readonly cwd: string;
  /** Calls `handler` at each Ctrl-C (SIGINT) and SIGTERM; returns how to stop listening. */
  readonly onInterrupt: (handler: () => void) => () => void;
  /** Ends the process at once, as a second Ctrl-C asks for. */
  readonly kill: () => void;
}

/** The real process. */
export function processIo(): Io {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    interactive: process.stderr.isTTY === true && process.env['TERM'] !== 'dumb',
    // some terminals say 0
    columns: () => process.stderr.columns || 80,
    kill: () => process.exit(130),
    env: process.env,
    cwd: process.cwd(),
    onInterrupt(handler) {
      process.on('SIGINT', handler);
      process.on('SIGTERM', handler);
      return () => {
        process.off('SIGINT', handler);
        process.off('SIGTERM', handler);
      };
    },
  };
}

/**
 * Runs `body` while console.log, info and debug write to stderr: a library that greets the user must not
 * get into the JSON on stdout.
 */
export async function withStdoutReserved<T>(io: Io, body: () => Promise<T>): Promise<T> {
  const kept = { log: console.log, info: console.info, debug: console.debug };
  const toStderr = (...words: unknown[]) => void io.stderr.write(`${words.map(String).join(' ')}\n`);
  Object.assign(console, { log: toStderr, info: toStderr, debug: toStderr });
  try {
    return await body();
  } finally {
    Object.assign(console, kept);
  }
}
