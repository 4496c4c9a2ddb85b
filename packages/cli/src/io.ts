/** What a command may touch of the process it runs in. Tests pass their own. */
export interface Io {
  /** Results only: a table, or with `--json` exactly one JSON object. */
  readonly stdout: NodeJS.WritableStream;
  /** Progress, warnings and errors. */
  readonly stderr: NodeJS.WritableStream;
  /** Whether stderr is a terminal: a line that is drawn again and again, colors. */
  readonly interactive: boolean;
  /** Columns of that terminal. */
  readonly columns: () => number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative paths are relative to this. */
  readonly cwd: string;
  /**
   * Calls `handler` at each Ctrl-C (SIGINT), SIGTERM and SIGHUP (the terminal is closed); returns how to stop
   * listening.
   */
  readonly onInterrupt: (handler: (signal: NodeJS.Signals) => void) => () => void;
  /** Ends the process at once, as a second Ctrl-C asks for. */
  readonly kill: () => void;
  /**
   * Has the process end with its threads as they are: one that waits for a disk that does not answer would keep it from
   * ending.
   */
  readonly abandonThreads: () => void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The real process. */
export function processIo(): Io {
  outliveReaders();
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    interactive: process.stderr.isTTY === true && process.env['TERM'] !== 'dumb',
    // some terminals say 0
    columns: () => process.stderr.columns || 80,
    kill() {
      process.emit('exit', 130); // what was registered to tidy up
      raise('SIGINT');
    },
    abandonThreads: () => void process.on('exit', () => raise('SIGTERM')),
    env: process.env,
    cwd: process.cwd(),
    onInterrupt(handler) {
      SIGNALS.forEach((signal) => process.on(signal, handler));
      return () => SIGNALS.forEach((signal) => process.off(signal, handler));
    },
  };
}

/** Ends by a signal: an ordinary exit waits for all threads. */
function raise(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/**
 * A program that reads what this one writes may end first: of `train | tee log`, Ctrl-C ends both. Nobody is left to be
 * told then, but what is under way must come to its end. Results that could not be written for another reason (a full
 * disk) make the command one that failed.
 */
function outliveReaders(): void {
  process.stderr.on('error', () => {});
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || error.code === 'EIO') return;
    process.stderr.write(`sed-cli: The results could not be written: ${error.message}\n`);
    process.once('exit', (code) => {
      if (code === 0) process.exitCode = 1;
    });
  });
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
