import type { Io } from '../io.ts';

/**
 * Milliseconds. npm and its like pass a Ctrl-C on that the terminal has sent to all: two that come together are one.
 */
const TOGETHER = 300;

/**
 * Calls `stop` when the user or the system wants the work to end, once. A second Ctrl-C ends the process; other signals
 * may come again, as a terminal that is closed sends several.
 * @returns how to stop listening
 */
export function onStop(io: Io, stop: () => void, now: () => number = () => performance.now()): () => void {
  let first: number | undefined;
  return io.onInterrupt((signal) => {
    if (first === undefined) {
      first = now();
      stop();
    } else if (signal === 'SIGINT' && now() - first > TOGETHER) io.kill();
  });
}
