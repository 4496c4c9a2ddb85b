import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ViewJob, ViewOutcome } from '../pipeline/job.ts';
import type { ViewMaker } from '../pipeline/maker.ts';
import { tinyConfig, writeMadeUpData } from '../testing/made-up.ts';
import { createLoader, untilAborted, type StepViews } from './loader.ts';
import { openData, type RunData } from './open.ts';

const later = () => new Promise(setImmediate);
const some = (n: number, name: string) => ({
  source: name,
  categories: [],
  images: Array.from({ length: n }, (_, i) => ({
    id: i,
    path: `/${name}/${i}.jpg`,
    fileName: `${i}.jpg`,
    annotations: [],
  })),
});
const dataOf = (labeled: number, unlabeled: number) =>
  ({ labeled: some(labeled, 'labeled'), unlabeled: some(unlabeled, 'unlabeled') }) as unknown as RunData;
const configOf = (changes: Record<string, unknown>) => {
  const config = tinyConfig('/none', { batch: { labeled: 2, unlabeled: 3 }, ...changes });
  return { ...config, method: { ...config.method, burnIn: 0 } };
};
const view = { pixels: new Uint8Array(3), width: 1, height: 1, boxes: new Float32Array(0), labels: new Int32Array(0) };

/** Counts what is under way and what was made and not taken. */
function counting(answer: (job: ViewJob) => ViewOutcome | Promise<ViewOutcome> = () => fine) {
  const jobs: ViewJob[] = [];
  let closed = 0;
  const maker: ViewMaker = {
    workers: 2,
    async make(job) {
      jobs.push(job);
      await later();
      return answer(job);
    },
    async close() {
      closed++;
    },
  };
  return { jobs, make: () => maker, closed: () => closed, steps: () => new Set(jobs.map((j) => j.step)).size };
}
const fine = { ok: true, views: { image: view, weak: view, strong: view } } as unknown as ViewOutcome;

async function all(steps: AsyncGenerator<StepViews>): Promise<StepViews[]> {
  const found = [];
  for await (const step of steps) found.push(step);
  return found;
}

test.each([1, 2, 5])('a slow consumer finds %d steps made ahead and never more', async (ahead) => {
  const fake = counting();
  const loader = createLoader(configOf({ pipeline: { ahead }, iterations: 12 }), dataOf(5, 9), {
    makeMaker: fake.make,
  });
  expect(loader.ahead).toBe(ahead);
  let taken = 0;
  for await (const { step } of loader.steps(0)) {
    expect(step).toBe(taken++);
    for (let i = 0; i < 20; i++) await later();
    expect(fake.steps()).toBe(Math.min(12, taken + ahead));
  }
  expect(taken).toBe(12);
  expect(fake.jobs).toHaveLength(12 * 5);
  expect(fake.closed()).toBe(1);
});

test('left to itself it makes 2 steps ahead, or four images for each worker', () => {
  const ahead = (labeled: number, unlabeled: number, workers: number) => {
    const config = configOf({ batch: { labeled, unlabeled }, pipeline: { workers } });
    return createLoader(config, dataOf(5, 9)).ahead;
  };
  expect(ahead(16, 16, 8)).toBe(2);
  expect(ahead(1, 1, 8)).toBe(2); // these are the sources: no workers
});

test('labeled and unlabeled images come in the ratio of the batch, tiny sets too: the same image again with other draws', async () => {
  const fake = counting();
  await all(
    createLoader(configOf({ batch: { labeled: 4, unlabeled: 6 }, iterations: 10 }), dataOf(1, 4), {
      makeMaker: fake.make,
    }).steps(0),
  );
  const labeled = fake.jobs.filter((j) => j.path.startsWith('/labeled'));
  const unlabeled = fake.jobs.filter((j) => j.path.startsWith('/unlabeled'));
  expect([labeled.length, unlabeled.length]).toEqual([40, 60]);
  expect(new Set(labeled.map((j) => `${j.source} ${j.step} ${j.place}`)).size).toBe(40);
  const counts = [0, 1, 2, 3].map((i) => unlabeled.filter((j) => j.path === `/unlabeled/${i}.jpg`).length);
  expect(counts).toEqual([15, 15, 15, 15]);
  // a batch of six of four images holds each at least once
  for (let step = 0; step < 10; step++) {
    expect(new Set(unlabeled.filter((j) => j.step === step).map((j) => j.path)).size).toBeGreaterThanOrEqual(3);
  }
});

test('an image of labels that cannot be used is an error; the makers are closed', async () => {
  const fake = counting((job) =>
    job.step === 3 && job.place === 1 ? { ok: false, reason: 'x.jpg is cut off' } : fine,
  );
  const seen: number[] = [];
  await expect(async () => {
    for await (const { step } of createLoader(configOf({}), dataOf(5, 9), { makeMaker: fake.make }).steps(0))
      seen.push(step);
  }).rejects.toThrow('x.jpg is cut off');
  expect(seen).toEqual([0, 1, 2]);
  expect(fake.closed()).toBe(1);
});

test('with onFault "skip" it is replaced and told of, the same way each time', async () => {
  const config = configOf({});
  const skipping = { ...config, data: { ...config.data, onFault: 'skip' as const } };
  const broken = (job: ViewJob): ViewOutcome =>
    job.path === '/labeled/2.jpg' ? { ok: false, reason: '2.jpg: broken' } : fine;
  const run = (from: number) =>
    all(createLoader(skipping, dataOf(5, 9), { makeMaker: counting(broken).make }).steps(from));
  const whole = (await run(0)).map((s) => s.labeled);
  expect(whole.flatMap(({ files }) => files)).toHaveLength(20);
  expect(whole.flatMap(({ files }) => files)).not.toContain('/labeled/2.jpg');
  // it has its turn once in each pass over the five
  const told = whole.flatMap(({ unreadable }) => unreadable);
  expect(told.length).toBeGreaterThanOrEqual(4);
  expect(told[0]).toEqual({ path: '/labeled/2.jpg', reason: '2.jpg: broken' });
  expect((await run(6)).map((s) => s.labeled)).toEqual(whole.slice(6));
});

test('leaving the loop and the signal end it', async () => {
  const fake = counting();
  for await (const { step } of createLoader(configOf({}), dataOf(5, 9), { makeMaker: fake.make }).steps(2))
    if (step === 4) break;
  expect(fake.closed()).toBe(1);
  const stop = new AbortController();
  await expect(async () => {
    for await (const { step } of createLoader(configOf({}), dataOf(5, 9), { makeMaker: fake.make }).steps(
      0,
      stop.signal,
    )) {
      if (step === 1) stop.abort(new Error('stopped'));
    }
  }).rejects.toThrow('stopped');
  expect(fake.closed()).toBe(2);
});

test('an unlabeled image that cannot be used is replaced, the same way each time; where none can be, that is said', async () => {
  const broken = (job: ViewJob): ViewOutcome =>
    job.path === '/unlabeled/4.jpg' ? { ok: false, reason: '4.jpg: broken' } : fine;
  const run = (from: number) =>
    all(createLoader(configOf({}), dataOf(5, 9), { makeMaker: counting(broken).make }).steps(from));
  const whole = await run(0);
  const lists = whole.map(({ unlabeled }) => unlabeled!);
  expect(lists.flatMap(({ unreadable }) => unreadable).length).toBeGreaterThan(0);
  expect(lists.flatMap(({ files }) => files)).not.toContain('/unlabeled/4.jpg');
  expect((await run(5)).map((s) => s.unlabeled)).toEqual(lists.slice(5));
  const none = counting((job) => (job.path.startsWith('/un') ? { ok: false, reason: 'nothing there' } : fine));
  await expect(all(createLoader(configOf({}), dataOf(5, 9), { makeMaker: none.make }).steps(0))).rejects.toThrow(
    '"data.unlabeled": none of 11 images could be read. The last: nothing there',
  );
});

test('what takes the place of unreadable images is drawn anew in each step', async () => {
  const broken = ({ path }: ViewJob): ViewOutcome =>
    /unlabeled\/1?\d\.jpg/.test(path) ? { ok: false, reason: 'broken' } : fine;
  const config = configOf({ batch: { labeled: 1, unlabeled: 1 } });
  const steps = await all(createLoader(config, dataOf(5, 40), { makeMaker: counting(broken).make }).steps(0));
  const replaced = steps.filter(({ unlabeled }) => unlabeled!.unreadable.length > 0);
  expect(replaced.length).toBeGreaterThan(2);
  expect(new Set(replaced.flatMap(({ unlabeled }) => unlabeled!.files)).size).toBeGreaterThan(1);
});

describe('aspect grouping', () => {
  const mixed = () => {
    const data = dataOf(7, 12);
    const turn = (images: readonly object[]) =>
      images.map((image, i) => ({ ...image, ...(i % 3 === 0 ? { width: 3, height: 4 } : { width: 4, height: 3 }) }));
    return {
      ...data,
      labeled: { ...data.labeled, images: turn(data.labeled.images) },
      unlabeled: { ...data.unlabeled!, images: turn(data.unlabeled!.images) },
    } as unknown as RunData;
  };
  const orientations = async (changes: Record<string, unknown>) => {
    const fake = counting();
    const config = configOf({ batch: { labeled: 4, unlabeled: 4 }, iterations: 40, ...changes });
    await all(createLoader(config, mixed(), { makeMaker: fake.make }).steps(0));
    const kinds = new Map<string, Set<boolean>>();
    for (const { path, step, place } of fake.jobs) {
      const [, name, file] = path.split('/');
      const part = `${name} ${step} ${Math.floor(place / (4 / config.batch.accumulate))}`;
      kinds.set(part, (kinds.get(part) ?? new Set()).add(parseInt(file!) % 3 === 0));
    }
    return [...kinds.values()].filter((k) => k.size > 1).length;
  };
  const free = { resize: { kind: 'fit', long: 64, short: 64, scale: [0.8, 1] }, canvas: null };

  test('is on where no canvas pads all images to one size, off where one does, and as it is set', async () => {
    expect(await orientations({ input: free })).toBe(0);
    expect(await orientations({ input: free, batch: { labeled: 4, unlabeled: 4, accumulate: 2 } })).toBe(0);
    expect(await orientations({})).toBeGreaterThan(40);
    expect(await orientations({ input: free, pipeline: { aspectGrouping: false } })).toBeGreaterThan(40);
    expect(await orientations({ pipeline: { aspectGrouping: true } })).toBe(0);
  });
});

describe('images', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sed-loader-'));
    writeMadeUpData(folder, { train: 8, val: 1 });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('a step gives the same views wherever the run began', async () => {
    const config = { ...tinyConfig(folder) };
    const data = await openData(config);
    const whole = await all(createLoader(config, data).steps(0));
    const rest = await all(createLoader(config, data).steps(5));
    expect(rest).toEqual(whole.slice(5));
    expect(whole[3]!.unlabeled).toBeUndefined();
    expect(whole[4]!.unlabeled!.views['strong']).toHaveLength(2);
    const { weak, strong } = whole[9]!.unlabeled!.views;
    expect(weak![0]!.pixels).not.toEqual(strong![0]!.pixels);
  });

  test('a labeled file of another size than its annotations state is refused by name', async () => {
    const config = tinyConfig(folder);
    const data = await openData(config);
    const [first, ...others] = data.labeled.images;
    const wrong = { ...data, labeled: { ...data.labeled, images: [{ ...first!, width: 99 }, ...others] } };
    await expect(all(createLoader(config, wrong).steps(0))).rejects.toThrow(
      /train-\d\.png is 64x64, but its annotations \(image id \d\) are for 99x64/,
    );
    const path = first!.path;
    writeFileSync(path, 'hello');
    await expect(all(createLoader(config, data).steps(0))).rejects.toThrow(`Cannot read the image ${path}`);
  });
});

/** A maker of which some images never come, and that takes its time to close. */
function hanging(hangs: (path: string) => boolean) {
  let close = () => {};
  const maker: ViewMaker = {
    workers: 1,
    make: (job) => (hangs(job.path) ? new Promise<never>(() => {}) : Promise.resolve(fine)),
    close: () => new Promise<void>((settle) => (close = settle)),
  };
  return { make: () => maker, close: () => close() };
}

test('an image that never comes is an error that names it, after a while', async () => {
  const fake = hanging((path) => path === '/labeled/1.jpg');
  const config = configOf({ pipeline: { ahead: 2 }, batch: { labeled: 2, unlabeled: 2 } });
  const loader = createLoader(config, dataOf(2, 4), { makeMaker: fake.make, patience: 0.05 });
  const failed = all(loader.steps(0)).then(
    () => 'it ended',
    (error: Error) => error.message,
  );
  const patient = setInterval(fake.close, 20);
  expect(await failed).toMatch(/^No image has come for 0\.05 seconds\. Waited for: \/labeled\/1\.jpg\. .*can be read/);
  clearInterval(patient);
});

test('a stop ends the steps at once, though an image does not come and the threads do not end', async () => {
  const fake = hanging((path) => path.startsWith('/labeled'));
  const loader = createLoader(configOf({ pipeline: { ahead: 1 } }), dataOf(4, 6), { makeMaker: fake.make });
  const stop = new AbortController();
  const stopped = all(untilAborted(loader.steps(0, stop.signal), stop.signal));
  await later();
  stop.abort(new Error('stopped'));
  expect(await stopped).toEqual([]);
  let ended = false;
  const ending = loader.ended().then(() => (ended = true));
  await later();
  expect(ended).toBe(false);
  fake.close();
  await ending;
});

test('until it is stopped, nothing is different: all steps, errors, and an early end', async () => {
  const fake = counting();
  const config = configOf({ pipeline: { ahead: 1 }, iterations: 10 });
  const loader = createLoader(config, dataOf(4, 6), { makeMaker: fake.make });
  const { signal } = new AbortController();
  expect(await all(untilAborted(loader.steps(0, signal), signal))).toHaveLength(10);
  for await (const { step } of untilAborted(loader.steps(0, signal), signal)) if (step === 1) break;
  await loader.ended();
  expect(fake.closed()).toBe(2);
  const bad = createLoader(config, dataOf(4, 6), {
    makeMaker: counting(() => ({ ok: false, reason: '/x.jpg is broken' })).make,
  });
  await expect(all(untilAborted(bad.steps(0), undefined))).rejects.toThrow('/x.jpg is broken');
});
