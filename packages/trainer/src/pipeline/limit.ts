/**
 * At most `most` calls of what it is given are under way at a time; the others wait in the order they came.
 *
 * @example
 * const limited = createLimit(4);
 * await Promise.all(files.map((file) => limited(() => decodeImage(file))));
 */
export function createLimit(most: number): <R>(work: () => Promise<R>) => Promise<R> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= most) await new Promise<void>((go) => waiting.push(go));
    else running++;
    try {
      return await work();
    } finally {
      // the one who waits longest takes over this place
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
