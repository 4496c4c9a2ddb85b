/**
 * The bytes that worker threads make are those of the training thread: `pipeline.workers` and `pipeline.ahead` change
 * no image. Needs the packages built, as the root's test command does first: from the sources there are no workers
 * (Node 20 cannot load them).
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { synthesize } from '@sed/datasets-coco/synth';

const here = fileURLToPath(new URL('..', import.meta.url));

/** Prints what one loader after the other gives, as JSON. */
const PROGRAM = `
import { createHash } from 'node:crypto';
const { parseConfig } = await import('@sed/trainer');
const { createLoader, openData } = await import('@sed/trainer/data');
const { config, runs } = JSON.parse(process.argv[1]);
const hash = (views) => {
  const sum = createHash('sha256');
  for (const v of views) for (const part of [v.pixels, v.boxes, v.labels, v.kept, Float64Array.from(v.geometry)]) sum.update(part);
  return sum.digest('hex');
};
const found = [];
for (const { pipeline, cacheMegabytes, from } of runs) {
  const full = parseConfig({ ...config, data: { ...config.data, cacheMegabytes }, pipeline });
  const loader = createLoader(full, await openData(full));
  const steps = [];
  let error;
  try {
    for await (const { step, labeled, unlabeled } of loader.steps(from ?? 0)) {
      steps.push({ step, labeled: hash(labeled.views.image), files: labeled.files, unlabeled: unlabeled &&
        [hash(unlabeled.views.weak), hash(unlabeled.views.strong), unlabeled.files, unlabeled.unreadable.map((u) => u.reason)] });
    }
  } catch (e) {
    error = e.message;
  }
  found.push({ workers: loader.workers, steps, error });
}
console.log(JSON.stringify(found));
`;

interface Result {
  workers: number;
  steps: { step: number; files: string[]; unlabeled?: [string, string, string[], string[]] }[];
  error?: string;
}

let folder: string;
let config: { data: { labeled: { images: string }; unlabeled: { images: string } } };
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sed-workers-'));
  await synthesize({ out: folder, seed: 5, width: 96, height: 64, images: 12, options: { difficulty: 'easy' } });
  const part = (name: string) => ({
    annotations: join(folder, `annotations/instances_${name}.json`),
    images: join(folder, name),
  });
  writeFileSync(join(folder, 'val', 'broken.jpg'), 'no image');
  config = {
    data: {
      labeled: part('train'),
      unlabeled: { images: join(folder, 'val') },
      validation: part('val'),
    },
    input: { resize: { kind: 'short-edge', short: [40, 90], long: 120 } },
    augment: { labeled: 'strong' },
    batch: { labeled: 3, unlabeled: 4 },
    iterations: 12,
    method: { kind: 'sed', burnIn: 2 },
    schedule: { kind: 'step', milestones: [5] },
    optimizer: { warmup: { steps: 1 } },
  } as unknown as typeof config;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Also that the process ends by itself: no thread holds it. */
function load(runs: object[], changes: object = {}): Promise<Result[]> {
  return new Promise((done, refuse) => {
    const argument = JSON.stringify({ config: { ...config, ...changes }, runs });
    const env = { ...process.env, NODE_OPTIONS: '' };
    const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, argument], { cwd: here, env });
    let [out, errors] = ['', ''];
    child.stdout.on('data', (data: Buffer) => (out += data.toString()));
    child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
    child.on('close', (code) => {
      if (code === 0) done(JSON.parse(out) as Result[]);
      else refuse(new Error(`exit ${code}: ${errors}`));
    });
  });
}

test('0, 1, 2 and 5 workers give the same bytes, whatever is ahead, cached or done before', async () => {
  const [here, ...others] = await load([
    { pipeline: { workers: 0 }, cacheMegabytes: 0 },
    { pipeline: { workers: 1, ahead: 1 }, cacheMegabytes: 0 },
    { pipeline: { workers: 2, ahead: 3 }, cacheMegabytes: 64 },
    { pipeline: { workers: 5, ahead: 8 }, cacheMegabytes: 0.1 },
    { pipeline: {}, cacheMegabytes: 64 },
    { pipeline: { workers: 2 }, cacheMegabytes: 64, from: 7 },
  ]);
  expect(here!.workers).toBe(0);
  expect(here!.steps).toHaveLength(12);
  expect(here!.steps[1]!.unlabeled).toBeUndefined();
  // the file that is no image came up, and was passed over
  const reasons = here!.steps.flatMap((s) => s.unlabeled?.[3] ?? []);
  expect(reasons.length).toBeGreaterThan(0);
  expect(reasons[0]).toContain('broken.jpg');
  expect(others.map((o) => o.workers).slice(0, 3)).toEqual([1, 2, 5]);
  expect(others[3]!.workers).toBeGreaterThan(0);
  others.slice(0, 4).forEach((other) => expect(other.steps).toEqual(here!.steps));
  expect(others[4]!.steps).toEqual(here!.steps.slice(7));
}, 120_000);

test('a labeled file that cannot be read is the same error from a worker, and the process ends', async () => {
  const images = join(folder, 'train');
  const path = join(images, readdirSync(images).sort()[0]!);
  writeFileSync(path, '<!DOCTYPE html>');
  const results = await load([
    { pipeline: { workers: 0 }, cacheMegabytes: 0 },
    { pipeline: { workers: 2 }, cacheMegabytes: 0 },
  ]);
  expect(results[0]!.error).toBe(
    `Cannot read the image ${path}: it is a web page, not an image: a download went wrong.`,
  );
  expect(results[1]!.error).toBe(results[0]!.error);
}, 120_000);
