import * as tf from '@tensorflow/tfjs';
import { expectClose, expectNoLeak, expectNoLeakAsync, onEveryBackend } from '@sed/testing';
import { imageBatch, reduceBatch } from '../images/batch.ts';
import { hashedParameters, uniform } from '../testing/hashed.ts';
import { supervisedLosses } from '../supervised-losses.ts';
import type { ImageBatch, Parameters } from '../types.ts';
import { createRetinaNet } from './retinanet.ts';
import { lite0RetinaNet, torchvisionRetinaNet, type RetinaNetSettings } from './settings.ts';

const small = lite0RetinaNet(3);
const settings: RetinaNetSettings = {
  ...small,
  fpn: { ...small.fpn, channels: 8 },
  head: { ...small.head, channels: 8, depth: 1 },
};

function noise(count: number, height: number, width: number): ImageBatch {
  const values = uniform('noise', count * height * width * 3);
  return {
    pixels: tf.tensor4d(Float32Array.from(values), [count, height, width, 3]),
    sizes: Array.from({ length: count }, () => ({ width: width - 4, height: height - 10 })),
  };
}

onEveryBackend(
  'RetinaNet',
  () => {
    const detector = createRetinaNet(settings);
    let weights: Parameters;
    beforeAll(() => {
      weights = hashedParameters(detector.parameters);
    });
    afterAll(() => tf.dispose([...weights.values()]));

    test('a forward pass has five levels at the true strides, and leaves nothing else', () => {
      const batch = noise(2, 64, 96);
      const forward = expectNoLeak(() => detector.forward(weights, batch), 12);
      expect(forward.levels.map(({ stride, height, width }) => [stride, height, width])).toEqual([
        [8, 8, 12],
        [16, 4, 6],
        [32, 2, 3],
        [64, 1, 2],
        [128, 1, 1],
      ]);
      for (const { height, width, logits, deltas } of forward.levels) {
        expect(logits.shape).toEqual([2 * height * width * 9, 3]);
        expect(deltas.shape).toEqual([2 * height * width * 9, 4]);
      }
      tf.dispose([forward.levels, forward.all, batch.pixels] as unknown as tf.Tensor[]);
    });

    test('an image of a batch is predicted as it is alone', async () => {
      const two = noise(2, 32, 64);
      const [one, other] = tf.split(two.pixels, 2) as [tf.Tensor4D, tf.Tensor4D];
      const both = detector.forward(weights, two);
      const alone = detector.forward(weights, { pixels: other, sizes: two.sizes.slice(1) });
      both.levels.forEach((level, i) => {
        const second = tf.tidy(() => tf.split(level.logits, 2)[1]!.dataSync());
        expectClose(second, alone.levels[i]!.logits.dataSync(), { absolute: 1e-5 });
      });
      const found = await detector.detect(both, two, { scoreThreshold: 0.003, maxDetections: 20 });
      const foundAlone = await detector.detect(
        alone,
        { pixels: other, sizes: two.sizes.slice(1) },
        { scoreThreshold: 0.003, maxDetections: 20 },
      );
      expect(found).toHaveLength(2);
      expect(found[1]!.scores.length).toBeGreaterThan(0);
      expectClose(found[1]!.boxes, foundAlone[0]!.boxes, { absolute: 1e-3 });
      expect(found[1]!.labels).toEqual(foundAlone[0]!.labels);
      tf.dispose([one, other, two.pixels, both.levels, alone.levels] as unknown as tf.Tensor[]);
    });

    test('detections are valid, sorted, inside the image, and as many as asked for', async () => {
      const batch = noise(1, 64, 64);
      const forward = detector.forward(weights, batch);
      const [found] = await expectNoLeakAsync(
        () => detector.detect(forward, batch, { scoreThreshold: 0.003, maxDetections: 7 }),
        0,
      );
      expect(found!.scores).toHaveLength(7);
      expect([...found!.scores]).toEqual([...found!.scores].sort((a, b) => b - a));
      found!.boxes.forEach((v, i) => {
        expect(v).toBeGreaterThanOrEqual(0);
        expect(v).toBeLessThanOrEqual(i % 2 === 0 ? 60 : 54);
      });
      found!.labels.forEach((label) => expect([0, 1, 2]).toContain(label));
      const [none] = await detector.detect(forward, batch, { scoreThreshold: 0.9999 });
      expect(none!.scores).toHaveLength(0);
      tf.dispose([forward.levels, forward.all, batch.pixels] as unknown as tf.Tensor[]);
    });

    test('scale pairs have equal rows about the same place; distillation pairs have all rows', () => {
      const full = noise(2, 64, 64);
      const half = reduceBatch(full, 1);
      const a = detector.forward(weights, full);
      const b = detector.forward(weights, half);
      const [pair, ...others] = expectNoLeak(() => detector.scalePairs(a, b, 1), 4);
      expect(others).toEqual([]);
      expect([pair!.name, pair!.activation]).toEqual(['dense', 'sigmoid']);
      const rows = 2 * 9 * (16 + 4 + 1 + 1);
      expect([pair!.a.logits.shape, pair!.b.logits.shape, pair!.a.deltas.shape, pair!.b.deltas.shape]).toEqual([
        [rows, 3],
        [rows, 3],
        [rows, 4],
        [rows, 4],
      ]);
      // the first rows are P4 of the full view and P3 of the half
      expectClose(pair!.a.logits.dataSync().slice(0, 30), a.levels[1]!.logits.dataSync().slice(0, 30));
      expectClose(pair!.b.deltas.dataSync().slice(0, 30), b.levels[0]!.deltas.dataSync().slice(0, 30));
      const [same] = expectNoLeak(() => detector.distillationPairs(a, a), 4);
      expect(same!.a.logits.shape).toEqual([2 * 9 * (64 + 16 + 4 + 1 + 1), 3]);
      expect(() => detector.distillationPairs(a, b)).toThrow(
        /teacher saw 2 images of 64x64, the student 2 images of 32x32/,
      );
      expect(() => detector.scalePairs(a, a, 1)).toThrow(/P4 of the full view.*4x4 grid.*P3.*8x8.*multiple of 64/);
      expect(() => detector.scalePairs(a, b, 0)).toThrow(/shift is 0/);
      tf.dispose([full.pixels, half.pixels, a.levels, b.levels, pair, same] as unknown as tf.Tensor[]);
    });

    test('frozen parameters get no gradient, all others do', () => {
      const batch = noise(1, 64, 64);
      const variables = new Map(
        detector.parameters.map(({ name, trainable }) => [name, tf.variable(weights.get(name)!, trainable)]),
      );
      const target = { boxes: Float32Array.of(8, 8, 40, 40), labels: Int32Array.of(1) };
      const trained = detector.parameters.filter(({ trainable }) => trainable);
      const { value, grads } = expectNoLeak(
        () =>
          tf.variableGrads(() => {
            const losses = supervisedLosses(detector, detector.forward(variables, batch), [target]);
            return tf.add(losses['classification']!, losses['boxRegression']!);
          }),
        1 + trained.length,
      );
      const moved = trained.filter(({ name }) => {
        const gradient = grads[variables.get(name)!.name];
        return gradient !== undefined && gradient.dataSync().some((v) => v !== 0);
      });
      // P7's single cell may have no say in the loss, everything else has
      expect(trained.length - moved.length).toBeLessThanOrEqual(2);
      expect(Object.keys(grads)).toHaveLength(trained.length);
      tf.dispose([value, grads, batch.pixels, ...variables.values()]);
    });
  },
  ['wasm', 'tensorflow'],
);

test('parameter names and shapes: torchvision’s count for R50', () => {
  const { parameters } = createRetinaNet(torchvisionRetinaNet(91));
  const count = (list: typeof parameters): number =>
    list.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  expect(count(parameters.filter(({ name }) => !/bn\d|downsample.1/.test(name)))).toBe(34014999);
  expect(parameters).toHaveLength(354 - 53);
  expect(new Set(parameters.map(({ name }) => name)).size).toBe(parameters.length);
});

test.each([
  [0, 0],
  [3, 2],
  [5, 5],
])('trainable stages %d of R18: %d body kernels of which stage', (stages, groups) => {
  const base = torchvisionRetinaNet(3, 'resnet18');
  const { parameters } = createRetinaNet({ ...base, backbone: { ...base.backbone, trainableStages: stages } });
  const trained = new Set(
    parameters
      .filter(({ name, trainable }) => trainable && name.startsWith('backbone.body.'))
      .map(({ name }) => name.split('.')[2]),
  );
  const all = ['layer4', 'layer3', 'layer2', 'layer1', 'conv1'];
  expect([...trained].sort()).toEqual(all.slice(0, stages).sort());
  expect(groups).toBeLessThanOrEqual(stages);
});

test('the recipe for Lite0 freezes the stem and blocks 0 to 2, and trains the affine of the rest', () => {
  const { parameters } = createRetinaNet(small);
  const body = parameters.filter(({ name }) => name.startsWith('backbone.body.'));
  for (const { name, trainable, buffer } of body) {
    const frozen = /_conv_stem|body\._bn0|_blocks\.[012]\./.test(name) || /running_/.test(name);
    expect([name, trainable]).toEqual([name, !frozen]);
    expect(buffer).toBe(/running_/.test(name));
  }
});

test('initialize depends on the seed alone', async () => {
  const detector = createRetinaNet(settings);
  const [a, b, c] = [detector.initialize(1), detector.initialize(1), detector.initialize(2)];
  const name = 'head.classification_head.conv.0.0.weight';
  expect([...a.keys()]).toEqual(detector.parameters.map((spec) => spec.name));
  expect(a.get(name)!.dataSync()).toEqual(b.get(name)!.dataSync());
  expect(a.get(name)!.dataSync()).not.toEqual(c.get(name)!.dataSync());
  // He: √(2 / (9 · 8)) over 576 draws; the prior 0.01 in every bias
  const { mean, variance } = tf.moments(a.get(name)!);
  expect(Math.abs(mean.dataSync()[0]!)).toBeLessThan(0.03);
  expect(Math.abs(Math.sqrt(variance.dataSync()[0]!) / Math.sqrt(2 / 72) - 1)).toBeLessThan(0.1);
  expectClose([...new Set(a.get('head.classification_head.cls_logits.bias')!.dataSync())], [-Math.log(99)]);
});

test('what does not fit is named', () => {
  const detector = createRetinaNet(settings);
  const batch = imageBatch([{ pixels: new Uint8Array(30 * 20 * 3), width: 30, height: 20 }], { multiple: 32 });
  const weights = new Map(detector.initialize(1));
  weights.delete('backbone.fpn.inner_blocks.0.0.bias');
  expect(() => detector.forward(weights, batch)).toThrow(/no parameter "backbone.fpn.inner_blocks.0.0.bias"/);
  expect(() => detector.forward(weights, { ...batch, pixels: tf.zeros([1, 48, 32, 3]) })).toThrow(
    /32x48 pixels.*multiples of 32/,
  );
  expect(() => createRetinaNet({ ...settings, classes: 0 })).toThrow(/classes is 0/);
  expect(() => createRetinaNet({ ...settings, head: { ...settings.head, prior: 1 } })).toThrow(/head.prior is 1/);
});
