import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PAPER, type SedConfig } from '@sed/methods';
import { applyOverrides, loadConfig, parseConfig } from './parse.ts';
import { ConfigError } from './problems.ts';
import { rescale } from './rescale.ts';

const minimal = () => ({
  data: {
    labeled: { annotations: 'train.json', images: 'images' },
    unlabeled: { images: 'more/**/*.jpg' },
    validation: { annotations: ['val.json', '/abs/test.json'], images: 'images' },
  },
  method: { kind: 'sed' },
});

function problemsOf(body: () => unknown): readonly string[] {
  try {
    body();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('what a file does not say, the paper says', () => {
  const config = parseConfig(minimal(), { folder: '/recipe' });
  expect(config.optimizer).toMatchObject({ kind: 'sgd', lr: 0.01, momentum: 0.9, weightDecay: 1e-4, clip: null });
  expect(config.schedule).toEqual({ kind: 'step', milestones: [...PAPER.milestones], factor: 0.1 });
  expect(config.method).toEqual({
    kind: 'sed',
    burnIn: 10_000,
    lambdaScale: 0.5,
    lambdaDistill: 1,
    maxShift: 1,
    weighting: { kind: 'gradient-histogram', bins: 10 },
    alpha: { kind: 'step', start: 0.99, end: 0.9 },
    classificationWeight: 1,
    regressionWeight: 1,
    regression: 'mean',
    ramp: 0,
  });
  expect(config.augment.cutouts).toHaveLength(3);
  expect(config.augment.blur).toEqual({ probability: 0.5, sigma: [0.1, 2], kernel: 23 });
  expect(config.input.canvas).toBeNull();
});

test('a complete config parses to itself', () => {
  const config = parseConfig(minimal());
  expect(parseConfig(config)).toEqual(config);
});

test('paths are relative to the folder of the config, globs too', () => {
  const config = parseConfig(minimal(), { folder: '/recipe' });
  expect(config.data.labeled).toEqual({ annotations: '/recipe/train.json', images: '/recipe/images' });
  expect(config.data.unlabeled).toEqual({ images: '/recipe/more/**/*.jpg' });
  expect(config.data.validation).toMatchObject({ annotations: ['/recipe/val.json', '/abs/test.json'] });
});

test('weights that have a name are no path', () => {
  const json = {
    ...minimal(),
    detector: { backbone: { name: 'efficientnet-lite0' }, weights: 'efficientnet-lite0-imagenet' },
  };
  expect(parseConfig(json).detector.weights).toBe('efficientnet-lite0-imagenet');
  expect(
    problemsOf(() => parseConfig({ ...json, detector: { ...json.detector, backbone: { name: 'resnet50' } } }))[0],
  ).toMatch(/resnet50/);
});

test('all problems at once, each with its path, its value and the nearest name', () => {
  const json = {
    ...minimal(),
    optimzier: { lr: 0.1 },
    batch: { labled: 2, unlabeled: 0 },
    schedule: { kind: 'stepp' },
    detector: { backbone: { name: 'resnet5O' }, head: { depth: '4' } },
    iterations: 12.5,
  };
  const problems = problemsOf(() => parseConfig(json));
  expect(problems).toContainEqual(
    expect.stringMatching(/"optimzier" is not a setting .*\{"lr":0.1\}.*did you mean "optimizer"\?/),
  );
  expect(problems).toContainEqual(
    expect.stringMatching(/"batch.labled" is not a setting .*2.*did you mean "labeled"\?/),
  );
  expect(problems).toContainEqual(expect.stringMatching(/"batch.unlabeled" is 0; it must be >= 1/));
  expect(problems).toContainEqual(
    expect.stringMatching(/"schedule.kind" is "stepp".*"step", "cosine".*did you mean "step"\?/),
  );
  expect(problems).toContainEqual(
    expect.stringMatching(/"detector.backbone.name" is "resnet5O".*did you mean "resnet50"\?/),
  );
  expect(problems).toContainEqual(expect.stringMatching(/"detector.head.depth" is "4"; it must be an integer/));
  expect(problems).toContainEqual(expect.stringMatching(/"iterations" is 12.5; it must be an integer/));
  expect(problems).toHaveLength(7);
});

test('a missing part is named', () => {
  const { method, data } = minimal();
  expect(problemsOf(() => parseConfig({ method, data: { labeled: data.labeled } }))).toEqual([
    '"data.validation" is missing',
  ]);
  expect(problemsOf(() => parseConfig({ data }))).toEqual(['"method" is missing']);
});

test('settings of another kind are refused', () => {
  const json = { ...minimal(), method: { kind: 'supervised', lambdaScale: 1 } };
  expect(problemsOf(() => parseConfig(json))[0]).toMatch(/"method.lambdaScale" is not a setting/);
});

test('contradictions', () => {
  const json = {
    ...minimal(),
    data: { ...minimal().data, unlabeled: 'rest-of-labeled' },
    iterations: 100,
    method: { kind: 'sed', burnIn: 100 },
    schedule: { kind: 'step', milestones: [80, 60, 200] },
    optimizer: { warmup: { steps: 10 } },
    batch: { labeled: 3, unlabeled: 2, accumulate: 2 },
    augment: { blur: { sigma: [2, 1] } },
  };
  const problems = problemsOf(() => parseConfig(json)).join('\n');
  expect(problems).toMatch(/"method.burnIn" is 100 and "iterations" 100/);
  expect(problems).toMatch(/"schedule.milestones" is \[80,60,200\]; it must rise/);
  expect(problems).toMatch(/200, at or after the last iteration/);
  expect(problems).toMatch(/no "data.split"/);
  expect(problems).toMatch(/"batch.labeled" is 3, which "batch.accumulate" \(2\)/);
  expect(problems).toMatch(/"augment.blur.sigma" is \[2, 1\]/);
});

test('overrides are JSON, or strings, and are validated', () => {
  const config = parseConfig(minimal());
  const changed = applyOverrides(config, [
    'optimizer.lr=0.02',
    'data.split.fold=2',
    'data.split.percent=10',
    'data.unlabeled=rest-of-labeled',
    'schedule={"kind":"cosine","end":0.1}',
    'method.alpha={"kind":"cosine"}',
  ]);
  expect(changed.optimizer.lr).toBe(0.02);
  expect(changed.data.split).toEqual({ fold: 2, percent: 10, protocol: 'sorted' });
  expect(changed.schedule).toEqual({ kind: 'cosine', end: 0.1 });
  expect(config.optimizer.lr).toBe(0.01);
  expect(problemsOf(() => applyOverrides(config, ['optimizer.momentom=0.5']))[0]).toMatch(/did you mean "momentum"/);
  expect(problemsOf(() => applyOverrides(config, ['lr']))[0]).toMatch(/name=value/);
  expect(problemsOf(() => applyOverrides(config, ['__proto__.x=1']))[0]).toMatch(/__proto__/);
});

test('a file that is no JSON is named', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sed-config-'));
  const file = join(folder, 'run.json');
  writeFileSync(file, '{ // hello\n}');
  expect(() => loadConfig(file)).toThrow(/run\.json: this is not JSON.* line 1, column 3, .*use "\$comment"/);
  expect(() => loadConfig(join(folder, 'none.json'))).toThrow(/none\.json: the config cannot be read/);
  writeFileSync(file, JSON.stringify(minimal()));
  expect(loadConfig(file, ['seed=7']).seed).toBe(7);
  expect(loadConfig(file).data.labeled).toMatchObject({ images: join(folder, 'images') });
});

test('data.root moves the data, and the paths of overrides are relative to the working folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sed-config-'));
  const file = join(folder, 'run.json');
  writeFileSync(file, JSON.stringify(minimal()));
  const moved = loadConfig(file, ['data.root=/elsewhere', 'data.unlabeled.images=photos', 'detector.weights=w.pth']);
  expect(moved.data.labeled).toMatchObject({ images: '/elsewhere/images' });
  expect(moved.data.unlabeled).toEqual({ images: join(process.cwd(), 'photos') });
  expect(moved.detector.weights).toBe(join(process.cwd(), 'w.pth'));
  const own = minimal();
  writeFileSync(file, JSON.stringify({ ...own, data: { root: 'sets', ...own.data } }));
  expect(loadConfig(file).data.labeled).toMatchObject({ images: join(folder, 'sets/images') });
  expect(applyOverrides(moved, ['data.root=/x']).data.labeled).toMatchObject({ images: '/x/images' });
});

test('rescale keeps the images that pass and says what it did', () => {
  const { config, notes } = rescale(parseConfig(minimal()), { labeled: 2 });
  expect(config.batch).toEqual({ labeled: 2, unlabeled: 2, accumulate: 1 });
  expect(config.optimizer.lr).toBeCloseTo(0.01 / 8, 12);
  expect(config.iterations).toBe(1_440_000);
  const method = config.method as SedConfig;
  expect(method.burnIn).toBe(80_000);
  expect(config.schedule).toMatchObject({ milestones: [960_000, 1_280_000] });
  expect(config.optimizer.warmup.steps).toBe(8_000);
  const alpha = method.alpha as { start: number };
  expect(alpha.start ** 8).toBeCloseTo(0.99, 12);
  expect(notes.join(' ')).toMatch(/16 \+ 16/);
  expect(notes.join(' ')).toMatch(/180000 iterations become 1440000/);
  expect(config.optimizer.clip).toBe(10);
  // the same batch in more parts is no rescaling
  const same = rescale(parseConfig(minimal()), { labeled: 16, accumulate: 8 });
  expect(same.config.optimizer.lr).toBe(0.01);
  expect(same.config.batch.accumulate).toBe(8);
});

describe('detectors', () => {
  const detector = (json: object) => parseConfig({ ...minimal(), detector: json }).detector;

  test('without a kind it is a RetinaNet, as configs of before have it', () => {
    expect(detector({ head: { depth: 2 } })).toMatchObject({ kind: 'retinanet', head: { depth: 2, channels: 256 } });
    expect(detector({})).not.toHaveProperty('compat');
  });

  test('the defaults are torchvision’s, or those of the named system; what is given stays', () => {
    expect(detector({ kind: 'faster-rcnn' })).toMatchObject({
      anchors: { kind: 'torchvision', side: 8, strides: 'fixed' },
      rpn: { training: { proposals: 2000 } },
      roi: { samplingRatio: 2, aligned: false, hidden: 1024 },
      boxes: { smoothL1Beta: 1 / 9 },
    });
    const mm = detector({ kind: 'faster-rcnn', compat: 'mmdetection', roi: { aligned: false } });
    expect(mm).toMatchObject({
      compat: 'mmdetection',
      anchors: { kind: 'exact', strides: 'fixed' },
      rpn: { training: { proposals: 1000 }, matching: { lowQuality: 'forced', lowQualityIou: 0.3 } },
      roi: { samplingRatio: 0, aligned: false },
      boxes: { smoothL1Beta: 0, clampSides: 'both' },
    });
    expect(detector(mm)).toEqual(mm);
    expect(detector({ compat: 'mmdetection' })).toMatchObject({ kind: 'retinanet', fpn: { extra: 'c5' } });
  });

  test('torchvision to the last detection is for its weights, not for SED', () => {
    const json = { kind: 'faster-rcnn', compat: 'torchvision' };
    expect(problemsOf(() => detector(json))[0]).toMatch(/"detector.anchors.strides" is "derived".* needs "fixed"/);
    const supervised = { ...minimal(), method: { kind: 'supervised' }, detector: json };
    expect(parseConfig(supervised).detector.anchors.strides).toBe('derived');
  });

  test('settings of the other kind, and names that nearly fit', () => {
    const problems = (json: object) => problemsOf(() => detector(json));
    expect(problems({ kind: 'fasterrcnn' })[0]).toMatch(/"detector.kind" is "fasterrcnn".*did you mean "faster-rcnn"/);
    expect(problems({ kind: 'faster-rcnn', compat: 'mmdet' })[0]).toMatch(
      /"detector.compat" is "mmdet".*"mmdetection"/,
    );
    expect(problems({ kind: 'faster-rcnn', loss: {} })[0]).toMatch(/"detector.loss" is not a setting/);
    const crossed = { kind: 'faster-rcnn', rpn: { matching: { backgroundIou: 0.8 } } };
    expect(problems(crossed)[0]).toMatch(/"detector.rpn.matching.backgroundIou" is 0.8, above "foregroundIou" \(0.7\)/);
  });

  test('weights of the unsupervised terms by pair, and only by pairs that there are', () => {
    const json = { ...minimal(), method: { kind: 'sed', regressionWeight: { rpn: 10, roi: 1 } } };
    expect(parseConfig({ ...json, detector: { kind: 'faster-rcnn' } }).method).toMatchObject(json.method);
    expect(problemsOf(() => parseConfig(json))[0]).toMatch(/"method.regressionWeight" has rpn, roi; .* pairs dense/);
  });
});
