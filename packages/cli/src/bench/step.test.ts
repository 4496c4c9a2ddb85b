import { createRetinaNet, lite0RetinaNet } from '@sed/detectors';
import { prepareBackend } from '@sed/runtime';
import { bucketsOf, updatesLists } from '@sed/tensor-ops/update';
import * as tf from '@tensorflow/tfjs-core';
import { benchInputs } from './inputs.ts';
import { createStep } from './step.ts';

test('inputs are a function of the seed: noise, eight boxes inside reach, classes 0 and 1', () => {
  const settings = { size: 64, labeled: 2, unlabeled: 1, classes: 20 };
  const inputs = benchInputs(settings);
  expect(benchInputs(settings)).toEqual(inputs);
  expect(benchInputs({ ...settings, seed: 2 })).not.toEqual(inputs);
  expect(inputs.labeled).toHaveLength(2);
  const view = inputs.labeled[0]!;
  expect(view.pixels).toHaveLength(64 * 64 * 3);
  expect(view.boxes).toHaveLength(32);
  for (let i = 0; i < 8; i++) {
    const [x1, y1, x2, y2] = view.boxes.subarray(4 * i, 4 * i + 4) as unknown as [number, number, number, number];
    expect(x2 - x1).toBeGreaterThanOrEqual(16 - 1e-4);
    expect(y2 - y1).toBeLessThanOrEqual(16 + 64 * 0.3 + 1e-4);
    expect([0, 1]).toContain(view.labels[i]);
  }
  const noise = inputs.strong[0]!.pixels.map((v, i) => v - inputs.weak[0]!.pixels[i]!);
  expect(Math.min(...noise)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...noise)).toBeLessThanOrEqual(25);
});

test('a step trains: the supervised loss falls, no tensor is left over', async () => {
  await prepareBackend({});
  const settings = lite0RetinaNet(2);
  const detector = createRetinaNet({
    ...settings,
    backbone: { ...settings.backbone, trainableStages: 1 },
    fpn: { ...settings.fpn, channels: 8 },
    head: { ...settings.head, depth: 1, channels: 8 },
  });
  const step = createStep(detector, benchInputs({ size: 64, labeled: 1, unlabeled: 1, classes: 2 }));
  const first = await step.take();
  const kept = tf.memory().numTensors;
  let last = first;
  for (let i = 0; i < 2; i++) last = await step.take();
  expect(tf.memory().numTensors).toBe(kept);
  expect(first.every((v) => Number.isFinite(v) && v > 0)).toBe(true);
  expect(last[0]).toBeLessThan(first[0]);
  const before = tf.memory().numTensors;
  step.dispose();
  // student and teacher, and the momentum: a tensor for each trained parameter, or one vector of each bucket
  const shapes = new Map(detector.parameters.filter((p) => p.trainable).map(({ name, shape }) => [name, shape]));
  const momenta = updatesLists() ? shapes.size : bucketsOf(shapes).length;
  expect(before - tf.memory().numTensors).toBe(2 * detector.parameters.length + momenta);
});
