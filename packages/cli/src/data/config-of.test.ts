import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../testing/run-cli.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'sed-config-of-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const config = (): string => {
  const path = join(folder, 'run.json');
  const labeled = { annotations: 'a.json', images: 'images' };
  writeFileSync(
    path,
    JSON.stringify({ data: { root: 'nowhere', labeled, validation: labeled }, method: { kind: 'supervised' } }),
  );
  return path;
};

test.each(['check', 'stats', 'browse'])('data %s --config takes --set a.b=v, as train does', async (command) => {
  const out = command === 'check' ? [] : ['--out', join(folder, 'out')];
  const { code, stdout, stderr } = await runCli([
    'data',
    command,
    '--config',
    config(),
    '--set',
    `data.root=${folder}/here`,
    ...out,
  ]);
  expect(code).not.toBe(0);
  expect(stdout + stderr).toContain(join(folder, 'here', 'a.json')); // a check's findings are its result
});

test('what is no setting is refused, and so are sources', async () => {
  const set = await runCli(['data', 'check', '--config', config(), '--set', 'trainval']);
  expect(set.code).toBe(2);
  expect(set.stderr).toMatch(/--set trainval: behind --config it changes a setting, as in --set data\.root=DIR/);
  const source = await runCli(['data', 'check', '--config', config(), '--voc', folder]);
  expect(source.code).toBe(2);
  expect(source.stderr).toMatch(/--config names the data already/);
});
