import { parseJsonText } from './syntax.ts';

test.each<[string, string, RegExp]>([
  [
    'a comment',
    '{\n  // batch\n  "seed": 1\n}',
    /line 2, column 3, near .*; comments are not allowed: use "\$comment"/,
  ],
  ['a comma too many', '{\n  "seed": 1,\n}', /line 3, column 1, .*; take out the comma before it/],
  ['a comma that is missing', '{\n  "a": 1\n  "b": 2\n}', /line 3, column 3, .*; a comma is missing before it/],
  ['a quote that is not closed', '{ "a: 1\n}', /line 1, column 8, .*; a quote is not closed on its line/],
  ['single quotes', "{ 'a': 1 }", /line 1, column 3, .*straight double quotes only/],
  ['Python', '{ "résumé": True }', /line 1, column 13, .*Python's spelling/],
  ['bare names', '{ seed: 1 }', /line 1, column 3, .*names stand in double quotes/],
  ['the end', '{ "a": [1, 2\n', /ends at line 1, column 13, before/],
  ['nothing', ' \n', /the file is empty/],
])('%s is named by line and column', (_, text, message) => {
  expect(() => parseJsonText(text, 'run.json')).toThrow(message);
  expect(() => parseJsonText(text, 'run.json')).toThrow(/^run\.json: /);
});

test('a byte order mark is no error', () => {
  expect(parseJsonText('\uFEFF{"seed": 1}', 'run.json')).toEqual({ seed: 1 });
});
