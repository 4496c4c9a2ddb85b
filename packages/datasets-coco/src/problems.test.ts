import { Problems, sentencesOf, show } from './problems.ts';

test('values are shown as JSON, cut to 60 characters', () => {
  expect([show(undefined), show(null), show(NaN), show(1e-7), show('a"b')]).toEqual([
    'nothing',
    'null',
    'NaN',
    '1e-7',
    '"a\\"b"',
  ]);
  expect(show([1, [2, undefined], { a: 'x', b: {} }])).toBe('[1,[2,null],{"a":"x","b":{}}]');
  expect(show('x'.repeat(100))).toBe(`"${'x'.repeat(56)}…`);
  expect(show(Array.from({ length: 100 }, (_, i) => i))).toHaveLength(58);
});

test('what is deep, long, unfolds or leads to itself is not walked to its end', () => {
  let deep: unknown = 1;
  for (let i = 0; i < 100_000; i++) deep = [deep];
  expect(show(deep)).toBe(`${'['.repeat(57)}…`);
  const own: unknown[] = [];
  own.push(own, { own });
  expect(show(own)).toHaveLength(58);
  let bomb: unknown = 'x';
  for (let i = 0; i < 30; i++) bomb = Array(10).fill(bomb);
  expect(show(bomb)).toHaveLength(58);
  expect(show(Array(10_000_000).fill('x'))).toHaveLength(58);
});

test('sentences: each kind with its count, the first of it, and what it means', () => {
  const notes = new Problems('a.json');
  const note = { kind: 'odd things', advice: 'look at them', skips: 'nothing' } as const;
  notes.add({ ...note, at: 'x[1]', found: 'found 3' });
  expect(sentencesOf(notes.summary())).toEqual(['1 × odd things (a.json: x[1]: found 3): look at them.']);
  notes.add({ ...note, at: 'x[2]', found: 'found 4' });
  expect(sentencesOf(notes.summary())).toEqual(['2 × odd things (first: a.json: x[1]: found 3): look at them.']);
});
