/** Overrides and configs that are no configs: each is refused in a sentence, and costs nothing. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setByPath } from './overrides.ts';
import { loadConfig, parseConfig } from './parse.ts';
import { ConfigError } from './problems.ts';

const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

test('a number steps into a list or adds to its end', () => {
  const json = { a: [{ b: 1 }, { b: 2 }] };
  expect(setByPath(json, ['a.1.b=3', 'a.2={"b":4}', 'a.2.c=5'])).toEqual({ a: [{ b: 1 }, { b: 3 }, { b: 4, c: 5 }] });
  expect(json).toEqual({ a: [{ b: 1 }, { b: 2 }] });
});

test.each([
  [
    'a.1000000000=5',
    /"a\.1000000000=5": "a" is a list of 2; "1000000000" is no place in it \(0 to 2, which adds one\)/,
  ],
  ['a.3.b=5', /"3" is no place in it/],
  ['a.x=5', /"x" is no place in it/],
  ['a.-1=5', /"-1" is no place in it/],
  ['a.0.5=1', undefined],
  [`c=${deep(20_000)}`, /nested deeper than 32 levels/],
])('%.40s', (assignment, message) => {
  const set = (): unknown => setByPath({ a: [{}, 2] }, [assignment]);
  if (message === undefined) expect(set).not.toThrow();
  else {
    expect(set).toThrow(message);
    expect(set).toThrow(ConfigError);
  }
});

describe('files', () => {
  let folder: string;
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'sed-config-'))));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each([
    ['null', /the config must be a JSON object/],
    ['[1]', /the config must be a JSON object/],
    ['"text"', /the config must be a JSON object/],
    [`{"data":${deep(50_000)}}`, /nested deeper than 32 levels/],
    [deep(50_000), /nested deeper than 32 levels/],
  ])('%.20s, with and without an override', (text, message) => {
    const file = join(folder, 'run.json');
    writeFileSync(file, text);
    for (const overrides of [[], ['data.root=x'], ['seed=1']]) {
      const load = (): unknown => loadConfig(file, overrides);
      expect(load).toThrow(ConfigError);
      if (text !== '[1]' || overrides.length === 0) expect(load).toThrow(message);
    }
  });

  test('a list of 80,000, and names of a megabyte', () => {
    const load = (config: unknown): unknown => parseConfig(config, { source: 'x.json' });
    const long = new Array<number>(80_000).fill(0);
    expect(() => load({ data: { labeled: long } })).toThrow(/x\.json: "data\.labeled" is \[0,0.*more than 200 items/);
    expect(() => load({ augment: { cutouts: long } })).toThrow(/x\.json: and \d+ more problems$/);
    const name = 'a'.repeat(1_000_000);
    expect(() => load({ [name]: 1, seed: name, schedule: { milestones: long } })).toThrow(/^.{100,100000}$/s);
  });

  test('a value that contains itself', () => {
    const value: Record<string, unknown> = {};
    value['data'] = value;
    expect(() => parseConfig(value)).toThrow(/nested deeper than 32 levels/);
  });
});
