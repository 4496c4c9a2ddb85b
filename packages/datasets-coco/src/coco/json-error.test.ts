import fc from 'fast-check';
import { jsonErrorPosition } from './json-error.ts';

// Property tests repeat: the seed is fixed.
fc.configureGlobal({ seed: 20 });

const parses = (text: string) => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

test('whole JSON has no error, whatever it holds', () => {
  fc.assert(fc.property(fc.json(), (text) => jsonErrorPosition(text) === -1));
  fc.assert(fc.property(fc.jsonValue(), (value) => jsonErrorPosition(JSON.stringify(value, null, 2)) === -1));
});

test('a text cut off anywhere is cut off, not wrong', () => {
  const cut = fc.tuple(
    fc.jsonValue().filter((value) => typeof value === 'object' && value !== null),
    fc.nat(1000),
  );
  fc.assert(
    fc.property(cut, ([value, at]) => {
      const whole = JSON.stringify(value);
      const text = whole.slice(0, at % whole.length);
      return jsonErrorPosition(text) === text.length;
    }),
  );
});

test('a changed text has an error exactly where JSON.parse fails', () => {
  const change = fc.tuple(
    fc.json(),
    fc.nat(200),
    fc.constantFrom('N', '}', ']', ',', ':', '"', '\\', '1', '-', '{', ' ', '\n'),
  );
  fc.assert(
    fc.property(change, ([text, at, c]) => {
      const position = at % (text.length + 1);
      const changed = text.slice(0, position) + c + text.slice(position + 1);
      return parses(changed) === (jsonErrorPosition(changed) === -1);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ['{"a": NaN}', 6],
  ['{"a": 1,}', 8],
  ["{'a': 1}", 1],
  ['[1 2]', 3],
  ['[01]', 2],
  ['{"a" 1}', 5],
  ['["a\nb"]', 3],
  ['["\\x"]', 2],
  ['[1]]', 3],
  ['nope', 0],
  ['[1.]', 2],
])('%j fails at %d', (text, position) => {
  expect(jsonErrorPosition(text)).toBe(position);
});
