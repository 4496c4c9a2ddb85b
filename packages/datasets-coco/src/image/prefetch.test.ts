import { prefetch } from './prefetch.ts';

/** Loads that are settled by hand. */
function manual<R = number>() {
  const started: number[] = [];
  const settle: { resolve: (value: R) => void; reject: (error: Error) => void }[] = [];
  const load = (item: number) => {
    started.push(item);
    return new Promise<R>((resolve, reject) => (settle[item] = { resolve, reject }));
  };
  return { started, settle, load };
}

function* endless() {
  for (let i = 0; ; i++) yield i;
}
const turn = () => new Promise((done) => setImmediate(done));
async function collect<T>(items: AsyncIterable<T>) {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const unhandled: unknown[] = [];
const note = (reason: unknown) => unhandled.push(reason);
beforeAll(() => void process.on('unhandledRejection', note));
afterAll(() => void process.off('unhandledRejection', note));
afterEach(async () => {
  await turn();
  expect(unhandled).toEqual([]);
});

test('results come in the order of the items, whatever finishes first', async () => {
  const load = async (ms: number) => {
    await new Promise((done) => setTimeout(done, ms));
    return ms;
  };
  expect(await collect(prefetch([30, 1, 20, 2, 0], load, { ahead: 5 }))).toEqual([30, 1, 20, 2, 0]);
});

test('load gets the item and its index; ahead may exceed the items; no items, no results', async () => {
  expect(await collect(prefetch(['a', 'b'], (item, i) => item + i, { ahead: 9 }))).toEqual(['a0', 'b1']);
  expect(await collect(prefetch([], () => 1, { ahead: 1 }))).toEqual([]);
});

test('at most `ahead` items are loading or waiting, and endless items are read no further', async () => {
  const { started, settle, load } = manual();
  const results = prefetch(endless(), load, { ahead: 3 });
  await turn();
  expect(started).toEqual([]); // nothing begins before the first request
  const first = results.next();
  await turn();
  expect(started).toEqual([0, 1, 2]);
  settle[1]?.resolve(10);
  settle[2]?.resolve(20);
  await turn();
  expect(started).toEqual([0, 1, 2]); // finished ones wait; they count
  settle[0]?.resolve(0);
  expect(await first).toEqual({ value: 0, done: false });
  await turn();
  expect(started).toEqual([0, 1, 2, 3]); // one was taken, one more begins
  expect(await results.next()).toEqual({ value: 10, done: false });
  expect(started).toEqual([0, 1, 2, 3, 4]);
  await results.return();
});

test('an error comes at its place, after the results before it, and ends the iteration', async () => {
  const { settle, load } = manual();
  const results = prefetch([0, 1, 2], load, { ahead: 3 });
  const first = results.next();
  await turn();
  settle[1]?.reject(new Error('item 1 is broken'));
  settle[2]?.reject(new Error('item 2 is broken too'));
  await turn();
  settle[0]?.resolve(5);
  expect(await first).toEqual({ value: 5, done: false });
  await expect(results.next()).rejects.toThrow('item 1 is broken');
  expect(await results.next()).toEqual({ value: undefined, done: true });
});

test('a load that throws at once is an error at its place too', async () => {
  const results = prefetch(
    [0, 1],
    (item) => {
      if (item === 1) throw new Error('at once');
      return item;
    },
    { ahead: 2 },
  );
  expect((await results.next()).value).toBe(0);
  await expect(results.next()).rejects.toThrow('at once');
});

test('leaving the loop aborts what is loading, closes the items and swallows late errors', async () => {
  let closed = false;
  function* items() {
    try {
      yield* endless();
    } finally {
      closed = true;
    }
  }
  const signals: AbortSignal[] = [];
  const load = (item: number, _: number, signal: AbortSignal) => {
    signals.push(signal);
    if (item === 0) return Promise.resolve(0);
    return new Promise<number>((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));
  };
  for await (const result of prefetch(items(), load, { ahead: 3 })) {
    expect(result).toBe(0);
    break;
  }
  expect(closed).toBe(true);
  expect(signals.every(({ aborted }) => aborted)).toBe(true);
});

describe('the signal', () => {
  test('ends a wait at once, with its reason', async () => {
    const { load } = manual();
    const controller = new AbortController();
    const results = prefetch(endless(), load, { ahead: 2, signal: controller.signal });
    const waiting = results.next();
    await turn();
    controller.abort(new Error('the run was stopped'));
    await expect(waiting).rejects.toThrow('the run was stopped');
    expect((await results.next()).done).toBe(true);
  });

  test('ends the iteration between two results', async () => {
    const controller = new AbortController();
    const results = prefetch(endless(), (item) => item, { ahead: 2, signal: controller.signal });
    await results.next();
    controller.abort(new Error('enough'));
    await expect(results.next()).rejects.toThrow('enough');
  });

  test('aborted before the start, nothing is loaded', async () => {
    const { started, load } = manual();
    await expect(prefetch([1], load, { ahead: 1, signal: AbortSignal.abort(new Error('no')) }).next()).rejects.toThrow(
      'no',
    );
    expect(started).toEqual([]);
  });

  test('keeps no handler behind', async () => {
    const { signal } = new AbortController();
    const kept = new Set<unknown>();
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: unknown[]) => (kept.add(args[1]), Reflect.apply(add, undefined, args));
    signal.removeEventListener = (...args: unknown[]) => (kept.delete(args[1]), Reflect.apply(remove, undefined, args));
    await collect(prefetch([1, 2, 3, 4, 5], (item) => item, { ahead: 2, signal }));
    await turn();
    expect(kept.size).toBe(0);
  });
});

test('refuses a look-ahead that is none', async () => {
  await expect(prefetch([1], (item) => item, { ahead: 0 }).next()).rejects.toThrow(
    'ahead is 0; it must be a whole number from 1.',
  );
});
