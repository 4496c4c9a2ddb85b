/** How {@link prefetch} looks ahead. */
export interface PrefetchOptions {
  /** Items loading or waiting, at most; whole number from 1. */
  readonly ahead: number;
  /** Ends the iteration with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Loads items ahead of their use: an iterator over `load(item)` in the order of the items, of which at most `ahead` are
 * loading or loaded and not yet taken. `items` may be endless; it is read no further than needed. An error of `load` is
 * thrown at its own place in the order, after the results before it, and ends the iteration. Leaving the loop early, an
 * error, or the signal aborts the signal that `load` gets; what its abandoned promises still reject with is swallowed.
 *
 * @example
 * for await (const image of prefetch(paths, decodeImage, { ahead: 4 })) use(image);
 */
export async function* prefetch<T, R>(
  items: Iterable<T>,
  load: (item: T, index: number, signal: AbortSignal) => Promise<R> | R,
  options: PrefetchOptions,
): AsyncGenerator<R, void, undefined> {
  const { ahead, signal } = options;
  if (!Number.isInteger(ahead) || ahead < 1) throw new Error(`ahead is ${ahead}; it must be a whole number from 1.`);
  signal?.throwIfAborted();
  const source = items[Symbol.iterator]();
  const inner = new AbortController();
  const queue: Promise<R>[] = [];
  let index = 0;
  let exhausted = false;

  const fill = () => {
    while (!exhausted && queue.length < ahead) {
      const next = source.next();
      if (next.done === true) exhausted = true;
      else {
        const i = index++;
        const loading = new Promise<R>((settle) => settle(load(next.value, i, inner.signal)));
        // It may fail long before its turn: without a handler Node would end the process.
        loading.catch(() => undefined);
        queue.push(loading);
      }
    }
  };

  const onAbort = () => inner.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });

  try {
    for (;;) {
      fill();
      const oldest = queue.shift();
      if (oldest === undefined) return;
      const result = await (signal === undefined ? oldest : orAborted(oldest, signal));
      fill();
      yield result;
      signal?.throwIfAborted();
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    inner.abort(signal?.aborted ? signal.reason : new Error('prefetch has ended'));
    if (!exhausted) source.return?.();
  }
}

/**
 * The promise, or the signal's reason if that comes first. Not Promise.race with one promise for the signal: each race
 * would leave a handler on it, a leak of one a step over a training run.
 */
function orAborted<R>(promise: Promise<R>, signal: AbortSignal): Promise<R> {
  return new Promise<R>((settle, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(settle, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
