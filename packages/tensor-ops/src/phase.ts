/**
 * Names for the parts of a computation, so that a profiler can say where the time goes. Nobody watching, a name costs
 * nothing.
 */

/** Is told of phases as they begin and end; they nest. */
export interface PhaseWatcher {
  begin(name: string): void;
  end(): void;
}

let watcher: PhaseWatcher | undefined;

/**
 * Runs `body` as the phase `name` and gives what it gives. Where that is a promise, the phase ends with it; nothing
 * else may begin one meanwhile.
 */
export function phase<T>(name: string, body: () => T): T {
  const told = watcher;
  if (told === undefined) return body();
  told.begin(name);
  let waits = false;
  try {
    const result = body();
    if (!(result instanceof Promise)) return result;
    waits = true;
    return result.finally(() => told.end()) as T;
  } finally {
    if (!waits) told.end();
  }
}

/**
 * Tells `next` of every phase from now on. There is one watcher at a time.
 * @returns how to stop
 * @throws Error where another one watches
 */
export function watchPhases(next: PhaseWatcher): () => void {
  if (watcher !== undefined) throw new Error('watchPhases: somebody is watching already; stop that first.');
  watcher = next;
  return () => {
    if (watcher === next) watcher = undefined;
  };
}
