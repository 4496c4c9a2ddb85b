/** Whole models with hashed weights against torchvision (tools/golden/faster_rcnn_models.py). */
import * as tf from '@tensorflow/tfjs';
import { expectClose, expectNoLeak, expectNoLeakAsync, onEveryBackend } from '@sed/testing';
import type { RandomStream } from '@sed/geometry';
import { bytesOf, goldenFile, testWithFile } from '../testing/files.ts';
import { expectSample, fixture, hashedParameters, uniform, type Sample } from '../testing/hashed.ts';
import { supervisedLosses } from '../supervised-losses.ts';
import type { Detections, ImageBatch, Parameters } from '../types.ts';
import { fromTfjs, loadAllWeights, readWeights } from '../weights/index.ts';
import { createFasterRcnn } from './faster-rcnn.ts';
import type { FasterRcnnForward } from './forward.ts';
import { proposeNow, regionsOf } from './proposals.ts';
import { predictRegions } from './region-head.ts';
import { torchvisionFasterRcnn, type FasterRcnnSettings } from './settings.ts';
import { cachedGridAnchors } from '../dense/anchors.ts';

interface R50Golden {
  height: number;
  width: number;
  classes: number;
  candidates: number;
  proposals: number;
  valid: { height: number; width: number };
  names: string[];
  logits: Sample[];
  deltas: Sample[];
  boxes: number[];
  classLogits: Sample;
  regionDeltas: Sample;
  detections: { boxes: number[]; scores: number[]; labels: number[] };
}
interface TrainingGolden {
  side: number;
  classes: number;
  channels: number;
  hidden: number;
  sizes: { height: number; width: number }[];
  targets: { boxes: number[]; labels: number[] }[];
  losses: Record<string, number>;
  gradients: Record<string, Sample>;
}
const golden = await fixture<{ r50: R50Golden; training: TrainingGolden }>('faster-rcnn-models');

/** The order in which the golden script's samplers take rows. */
const FIXED = { permutation: (n: number) => Int32Array.from({ length: n }, (_, i) => (i * 7919) % n) } as RandomStream;

function image(name: string, batch: number, height: number, width: number): tf.Tensor4D {
  return tf.tensor4d(Float32Array.from(uniform(name, batch * height * width * 3)), [batch, height, width, 3]);
}

const dispose = (forward: FasterRcnnForward): void => tf.dispose(forward as unknown as tf.TensorContainer);

/** The same boxes in the same order, but for scores that are equal to rounding. */
function expectDetections(found: Detections, expected: R50Golden['detections']): void {
  expectClose(found.scores, expected.scores, { relative: 0, absolute: 1e-4 });
  const unmatched = expected.scores.flatMap((score, i) => {
    const near = [...found.scores.keys()].filter((k) => Math.abs(found.scores[k]! - score) <= 1e-4);
    const same = near.some(
      (k) =>
        found.labels[k] === expected.labels[i] &&
        [0, 1, 2, 3].every((j) => Math.abs(found.boxes[4 * k + j]! - expected.boxes[4 * i + j]!) < 0.02),
    );
    return same ? [] : [i];
  });
  expect(unmatched).toEqual([]);
}

function r50Settings({ classes, candidates, proposals }: R50Golden): FasterRcnnSettings {
  const base = torchvisionFasterRcnn(classes, 'resnet50', { compat: 'torchvision' });
  return { ...base, rpn: { ...base.rpn, testing: { candidatesPerLevel: candidates, proposals } } };
}

async function checkR50(parameters: Parameters): Promise<void> {
  const { height, width, valid, logits, deltas, boxes, classLogits, regionDeltas, detections } = golden.r50;
  const settings = r50Settings(golden.r50);
  const detector = createFasterRcnn(settings);
  const batch: ImageBatch = { pixels: image('frcnn r50 image', 1, height, width), sizes: [valid] };
  const forward = detector.forward(parameters, batch);
  forward.levels.forEach((level, i) => {
    expectSample(`rpn logits ${i}`, level.logits.dataSync(), logits[i]!, 1e-5);
    expectSample(`rpn deltas ${i}`, level.deltas.dataSync(), deltas[i]!, 1e-5);
  });
  const context = { settings, anchorsOf: cachedGridAnchors(settings.anchors) };
  const proposals = proposeNow(forward, context, settings.rpn.testing);
  expectClose(proposals[0]!, boxes, { relative: 0, absolute: 2e-3 });
  const regions = regionsOf([Float32Array.from(boxes)]);
  const predictions = expectNoLeak(() => predictRegions(forward, regions, settings), 2);
  expectSample('class logits', predictions.logits.dataSync(), classLogits, 2e-5);
  expectSample('region deltas', predictions.deltas.dataSync(), regionDeltas, 2e-5);
  const found = await expectNoLeakAsync(() => detector.detect(forward, batch), 0);
  expectDetections(found[0]!, detections);
  tf.dispose([batch.pixels, predictions.logits, predictions.deltas]);
  dispose(forward);
}

test('R50: torchvision’s names in torchvision’s order', () => {
  const names = createFasterRcnn(torchvisionFasterRcnn(8)).parameters.map(({ name }) => name);
  expect(names).toEqual(golden.r50.names);
});

onEveryBackend(
  'Faster R-CNN-R50 with an FPN of 256',
  () => {
    test('RPN, proposals, regions and all detections are torchvision’s, off the powers of two too', async () => {
      const parameters = hashedParameters(createFasterRcnn(r50Settings(golden.r50)).parameters);
      await checkR50(parameters);
      tf.dispose([...parameters.values()]);
    });

    testWithFile(
      'the same from the .pth that torch saved, and saved again it is the same',
      goldenFile('fasterrcnn_resnet50_hashed.pth'),
      'run tools/golden/faster_rcnn_models.py with SED_GOLDEN_DIR set, and the tests with the same',
      async (path) => {
        const { parameters: specs } = createFasterRcnn(r50Settings(golden.r50));
        const file = readWeights(await bytesOf(path), path);
        const parameters = loadAllWeights(file, specs, path);
        await checkR50(parameters);
        for (const [name, { shape, data }] of fromTfjs(parameters, specs)) {
          expect(shape).toEqual(file.get(name)!.shape);
          // Jest's comparison of arrays takes minutes for 40 million values
          const saved = file.get(name)!.data as Float32Array;
          expect((data as Float32Array).findIndex((v, i) => v !== saved[i])).toBe(-1);
        }
        tf.dispose([...parameters.values()]);
      },
    );
  },
  ['wasm', 'tensorflow'],
);

function smallSettings({ classes, channels, hidden }: { classes: number; channels: number; hidden: number }) {
  const base = torchvisionFasterRcnn(classes, 'resnet18');
  return {
    ...base,
    backbone: { ...base.backbone, trainableNorm: true },
    fpn: { ...base.fpn, channels },
    roi: { ...base.roi, hidden },
  } satisfies FasterRcnnSettings;
}

onEveryBackend(
  'Faster R-CNN-R18 with an FPN of 16',
  () => {
    test('losses and every gradient are torch’s: two images with objects, one without, of three sizes', () => {
      const { side, sizes, targets, losses, gradients } = golden.training;
      const base = smallSettings(golden.training);
      const detector = createFasterRcnn({
        ...base,
        rpn: {
          ...base.rpn,
          training: { candidatesPerLevel: 150, proposals: 200 },
          sampling: { ...base.rpn.sampling, count: 64 },
        },
        roi: { ...base.roi, sampling: { ...base.roi.sampling, count: 48 } },
      });
      const values = hashedParameters(detector.parameters);
      const trainable = detector.parameters.filter((spec) => spec.trainable).map(({ name }) => name);
      expect([...trainable].sort()).toEqual(Object.keys(gradients).sort());
      const variables = new Map(
        detector.parameters.map((spec) => [spec.name, tf.variable(values.get(spec.name)!, spec.trainable)]),
      );
      const pixels = image('frcnn r18 image', 3, side, side);
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
              { random: FIXED },
            );
            for (const [name, loss] of Object.entries(found)) parts[name] = loss.dataSync()[0]!;
            return tf.addN<tf.Scalar>(Object.values(found));
          }),
        1 + trainable.length,
      );
      const names = Object.keys(losses);
      expect(Object.keys(parts)).toEqual(names);
      expectClose(
        names.map((name) => parts[name]!),
        names.map((name) => losses[name]!),
        { relative: 2e-5 },
      );
      for (const name of trainable) {
        expectSample(name, grads[variables.get(name)!.name]!.dataSync(), gradients[name]!, 5e-5);
      }
      tf.dispose([value, grads, pixels, [...values.values()], [...variables.values()]]);
    });
  },
  ['wasm', 'tensorflow'],
);
