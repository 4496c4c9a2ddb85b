import { phase, watchPhases } from './phase.ts';

test('phases nest, end when their body throws, and are told only while somebody watches', () => {
  const told: string[] = [];
  const body = (): number => phase('outer', () => phase('inner', () => 2) + 1);
  expect(body()).toBe(3);
  const watcher = { begin: (name: string) => told.push(`+${name}`), end: () => told.push('-') };
  const stop = watchPhases(watcher);
  expect(() => watchPhases(watcher)).toThrow(/watching already/);
  expect(body()).toBe(3);
  expect(() =>
    phase('fails', () => {
      throw new Error('it failed');
    }),
  ).toThrow('it failed');
  stop();
  body();
  expect(told).toEqual(['+outer', '+inner', '-', '-', '+fails', '-']);
});

test('a watcher that stops inside a phase is still told of its end', () => {
  const told: string[] = [];
  const stop = watchPhases({ begin: (name) => told.push(name), end: () => told.push('end') });
  phase('a', () => stop());
  expect(told).toEqual(['a', 'end']);
});

test('a phase whose body waits ends with it, also where that fails', async () => {
  const told: string[] = [];
  const stop = watchPhases({ begin: (name) => told.push(name), end: () => told.push('end') });
  const waiting = phase('a', async () => {
    await new Promise(setImmediate);
    told.push('waited');
    return 2;
  });
  expect(await waiting).toBe(2);
  const failing = phase('b', () => Promise.reject(new Error('it failed')));
  await expect(failing).rejects.toThrow('it failed');
  stop();
  expect(told).toEqual(['a', 'waited', 'end', 'b', 'end']);
});
