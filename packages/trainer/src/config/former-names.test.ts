import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { applyOverrides, loadConfig, parseConfig } from './parse.ts';

const data = {
  labeled: { annotations: 'a.json', images: 'i' },
  validation: { annotations: 'v.json', images: 'i' },
};
const config = (optimizer: object) => ({ data, method: { kind: 'supervised' }, ...optimizer });

test('what a config called optimiser is the optimizer, in files, overrides and objects', () => {
  const former = parseConfig(config({ optimiser: { lr: 0.02, clip: 5 } }));
  expect(former).toEqual(parseConfig(config({ optimizer: { lr: 0.02, clip: 5 } })));
  expect(former.optimizer).toMatchObject({ lr: 0.02, clip: 5 });
  expect(applyOverrides(former, ['optimiser.lr=0.03']).optimizer).toMatchObject({ lr: 0.03, clip: 5 });
  const folder = mkdtempSync(join(tmpdir(), 'sed-former-'));
  try {
    const file = join(folder, 'run.json');
    writeFileSync(file, JSON.stringify(config({ optimiser: { lr: 0.02, warmup: { steps: 7 } } })));
    const loaded = loadConfig(file, ['optimizer.clip=3', 'optimiser.momentum=0.8']);
    expect(loaded.optimizer).toMatchObject({ lr: 0.02, clip: 3, momentum: 0.8, warmup: { steps: 7 } });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('both names at once are refused', () => {
  expect(() =>
    parseConfig(config({ optimiser: { lr: 0.02 }, optimizer: { lr: 0.01 } }), { source: 'run.json' }),
  ).toThrow('run.json: "optimiser" is the former name of "optimizer", and both are given');
});

test('a name that is none is still told of, with the nearest', () => {
  expect(() => parseConfig(config({ optimisers: {} }))).toThrow(
    /"optimisers" is not a setting.*did you mean "optimizer"/,
  );
});
