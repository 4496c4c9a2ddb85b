/** Whole models with hashed weights against torchvision (tools/golden/retinanet_models.py). */
import * as tf from '@tensorflow/tfjs';
import { expectClose, expectNoLeak, onEveryBackend } from '@sed/testing';
import { createResNet } from '../backbones/resnet.ts';
import { bytesOf, goldenFile, testWithFile } from '../testing/files.ts';
import { expectSample, fixture, hashedParameters, uniform, type Sample } from '../testing/hashed.ts';
import { supervisedLosses } from '../supervised-losses.ts';
import type { Detections, ImageBatch, Parameters } from '../types.ts';
import { loadAllWeights, readWeights } from '../weights/index.ts';
import { pyramidFromP3 } from '../pyramid/p3-to-p7.ts';
import { createRetinaNet } from './retinanet.ts';
import { torchvisionRetinaNet, type RetinaNetSettings } from './settings.ts';

interface R50Golden {
  height: number;
  width: number;
  classes: number;
  valid: { height: number; width: number };
  names: string[];
  features: Sample[];
  logits: Sample[];
  deltas: Sample[];
  detections: { boxes: number[]; scores: number[]; labels: number[] };
}
interface R18Golden {
  side: number;
  classes: number;
  channels: number;
  targets: { boxes: number[]; labels: number[] }[];
  losses: { classification: number; boxRegression: number };
  gradients: Record<string, Sample>;
}
const golden = await fixture<{
  r50: R50Golden;
  r18: R18Golden;
  c5: { side: number; channels: number; features: Sample[] };
}>('retinanet-models');

function image(name: string, batch: number, height: number, width: number): tf.Tensor4D {
  return tf.tensor4d(Float32Array.from(uniform(name, batch * height * width * 3)), [batch, height, width, 3]);
}

/** The same boxes in the same order, but for scores that are equal to rounding. */
function expectDetections(found: Detections, expected: R50Golden['detections']): void {
  expectClose(found.scores, expected.scores, { relative: 1e-4 });
  const unmatched = expected.scores.flatMap((score, i) => {
    const near = [...found.scores.keys()].filter((k) => Math.abs(found.scores[k]! - score) <= 1e-4 * score);
    const same = near.some(
      (k) =>
        found.labels[k] === expected.labels[i] &&
        [0, 1, 2, 3].every((j) => Math.abs(found.boxes[4 * k + j]! - expected.boxes[4 * i + j]!) < 0.02),
    );
    return same ? [] : [i];
  });
  expect(unmatched).toEqual([]);
}

async function checkR50(parameters: Parameters): Promise<void> {
  const { height, width, classes, valid, features, logits, deltas, detections } = golden.r50;
  const settings = torchvisionRetinaNet(classes);
  const detector = createRetinaNet(settings);
  const batch: ImageBatch = { pixels: image('r50 image', 1, height, width), sizes: [valid] };
  tf.tidy(() => {
    const body = createResNet('resnet50', settings.backbone).features(parameters, batch.pixels);
    pyramidFromP3(settings, parameters, body).forEach((level, i) =>
      expectSample(`P${i + 3}`, level.dataSync(), features[i]!, 1e-5),
    );
  });
  const forward = detector.forward(parameters, batch);
  forward.levels.forEach((level, i) => {
    expectSample(`logits ${i}`, level.logits.dataSync(), logits[i]!, 1e-5);
    expectSample(`deltas ${i}`, level.deltas.dataSync(), deltas[i]!, 1e-5);
  });
  expectDetections((await detector.detect(forward, batch))[0]!, detections);
  tf.dispose([batch.pixels, forward.levels] as unknown as tf.Tensor[]);
}

test('R50: torchvision’s names in torchvision’s order', () => {
  const names = createRetinaNet(torchvisionRetinaNet(8)).parameters.map(({ name }) => name);
  expect(names).toEqual(golden.r50.names);
});

onEveryBackend(
  'RetinaNet-R50 with an FPN of 256',
  () => {
    test('features, logits, deltas and detections are torchvision’s', async () => {
      const parameters = hashedParameters(createRetinaNet(torchvisionRetinaNet(golden.r50.classes)).parameters);
      await checkR50(parameters);
      tf.dispose([...parameters.values()]);
    });

    testWithFile(
      'the same from the .pth that torch saved',
      goldenFile('retinanet_resnet50_hashed.pth'),
      'run tools/golden/retinanet_models.py with SED_GOLDEN_DIR set, and the tests with the same',
      async (path) => {
        const { parameters: specs } = createRetinaNet(torchvisionRetinaNet(golden.r50.classes));
        const parameters = loadAllWeights(readWeights(await bytesOf(path), path), specs, path);
        await checkR50(parameters);
        tf.dispose([...parameters.values()]);
      },
    );
  },
  ['wasm', 'tensorflow'],
);

onEveryBackend(
  'RetinaNet-R18 with an FPN of 16',
  () => {
    test('losses and every gradient are torch’s', () => {
      const { side, classes, channels, targets, losses, gradients } = golden.r18;
      const base = torchvisionRetinaNet(classes, 'resnet18');
      const settings: RetinaNetSettings = {
        ...base,
        backbone: { ...base.backbone, trainableNorm: true },
        fpn: { ...base.fpn, channels },
        head: { ...base.head, channels },
      };
      const detector = createRetinaNet(settings);
      const values = hashedParameters(detector.parameters);
      const trainable = detector.parameters.filter((spec) => spec.trainable).map(({ name }) => name);
      expect([...trainable].sort()).toEqual(Object.keys(gradients).sort());
      const variables = new Map(
        detector.parameters.map((spec) => [spec.name, tf.variable(values.get(spec.name)!, spec.trainable)]),
      );
      const pixels = image('r18 image', 2, side, side);
      const sizes = [0, 1].map(() => ({ width: side, height: side }));
      const parts: Record<string, number> = {};
      const { value, grads } = expectNoLeak(
        () =>
          tf.variableGrads(() => {
            const found = supervisedLosses(
              detector,
              detector.forward(variables, { pixels, sizes }),
              targets.map(({ boxes, labels }) => ({
                boxes: Float32Array.from(boxes),
                labels: Int32Array.from(labels),
              })),
            );
            for (const [name, loss] of Object.entries(found)) parts[name] = loss.dataSync()[0]!;
            return tf.add<tf.Scalar>(found['classification']!, found['boxRegression']!);
          }),
        1 + trainable.length,
      );
      expectClose([parts['classification']!, parts['boxRegression']!], [losses.classification, losses.boxRegression], {
        relative: 2e-5,
      });
      for (const name of trainable) {
        const gradient = grads[variables.get(name)!.name]!;
        expectSample(name, gradient.dataSync(), gradients[name]!, 5e-5);
      }
      tf.dispose([value, grads, pixels, [...values.values()], [...variables.values()]]);
    });
  },
  ['wasm', 'tensorflow'],
);

onEveryBackend(
  'The pyramid with P6 from C5',
  () => {
    test('features are torchvision’s; without the ReLU P7 alone differs', () => {
      const { side, channels, features } = golden.c5;
      const base = torchvisionRetinaNet(3, 'resnet18');
      const settings: RetinaNetSettings = {
        ...base,
        fpn: { ...base.fpn, channels, extra: 'c5' },
        head: { ...base.head, channels },
      };
      const parameters = hashedParameters(createRetinaNet(settings).parameters);
      tf.tidy(() => {
        const body = createResNet('resnet18', base.backbone).features(parameters, image('c5 image', 1, side, side));
        const levels = pyramidFromP3(settings, parameters, body);
        levels.forEach((level, i) => expectSample(`P${i + 3}`, level.dataSync(), features[i]!, 1e-5));
        const linear = pyramidFromP3({ ...settings, fpn: { ...settings.fpn, reluBeforeP7: false } }, parameters, body);
        expectClose(linear[3]!.dataSync(), levels[3]!.dataSync());
        expect(linear[4]!.dataSync()).not.toEqual(levels[4]!.dataSync());
      });
      tf.dispose([...parameters.values()]);
    });
  },
  ['wasm', 'tensorflow'],
);
