import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isWeightsName, namedWeights, weightsFolder } from './named-weights.ts';

const NAME = 'efficientnet-lite0-imagenet';
let cache: string;
beforeEach(() => void (cache = mkdtempSync(join(tmpdir(), 'sed-cache-'))));
afterEach(() => rmSync(cache, { recursive: true, force: true }));

test('the cache is SED_CACHE, XDG_CACHE_HOME/sed or ~/.cache/sed', () => {
  expect(weightsFolder({ SED_CACHE: '/c', XDG_CACHE_HOME: '/x', HOME: '/home/u' })).toBe('/c/weights');
  expect(weightsFolder({ XDG_CACHE_HOME: '/x', HOME: '/home/u' })).toBe('/x/sed/weights');
  expect(weightsFolder({ HOME: '/home/u' })).toBe('/home/u/.cache/sed/weights');
});

test('what is a name of weights', () => {
  expect(isWeightsName(NAME)).toBe(true);
  expect(isWeightsName('toString')).toBe(false);
});

test('weights that are not there, or are another file, are refused with what brings them', () => {
  const env = { SED_CACHE: cache };
  expect(() => namedWeights(NAME, env)).toThrow(/efficientnet-lite0-57934424\.pth\): fetch it once a user with/);
  mkdirSync(join(cache, 'weights'));
  writeFileSync(join(cache, 'weights', 'efficientnet-lite0-57934424.pth'), 'cut');
  expect(() => namedWeights(NAME, env)).toThrow(/is damaged, its SHA-256 .*: delete it and fetch/);
});
