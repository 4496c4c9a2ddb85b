/** mmdetection's own models, under its names, find here what they find there (tools/golden/mmdetection_models.py). */
import * as tf from '@tensorflow/tfjs';
import { expectClose, expectNoLeakAsync, onEveryBackend } from '@sed/testing';
import { disposeTensors } from '../dispose.ts';
import { createFasterRcnn } from '../faster-rcnn/faster-rcnn.ts';
import { mmdetectionFasterRcnn } from '../faster-rcnn/settings.ts';
import { createRetinaNet } from '../retinanet/retinanet.ts';
import { mmdetectionRetinaNet } from '../retinanet/settings.ts';
import { fixture, uniform } from '../testing/hashed.ts';
import type { Detections, Detector, ImageBatch } from '../types.ts';
import { loadAllWeights, openWeights, writeSafetensors } from './index.ts';
import type { StateDict } from './index.ts';

interface Golden {
  height: number;
  width: number;
  classes: number;
  caffe: boolean;
  weights: [name: string, shape: number[]][];
  detections: { boxes: number[]; scores: number[]; labels: number[] };
}
type Name = 'retinanet-r18' | 'faster-rcnn-r18' | 'faster-rcnn-r50-caffe';
const golden = await fixture<Record<Name, Golden>>('mmdetection-models');

const GAINS: Record<string, number> = { retina_cls: 0.5, retina_reg: 0.2, rpn_reg: 0.2, fc_cls: 0.5, fc_reg: 0.2 };

/** `weight` of the golden script. */
function weightOf(name: string, shape: readonly number[], caffe: boolean): Float32Array {
  const u = uniform(
    name,
    shape.reduce((a, b) => a * b, 1),
  );
  const around = (offset: number, factor: number): Float32Array => Float32Array.from(u, (v) => offset + factor * v);
  if (name.endsWith('running_mean')) return around(0, 0.1);
  if (name.endsWith('running_var')) return around(1, 0.5);
  if (name.endsWith('retina_cls.bias')) return around(-5, 0.5);
  if (shape.length === 1) return name.endsWith('weight') ? around(0.6, 0.2) : around(0, 0.1);
  const fan = shape.slice(1).reduce((a, b) => a * b, 1);
  const scale = caffe && name === 'backbone.conv1.weight' ? 58 : 1;
  return around(0, (Math.sqrt(6 / fan) * (GAINS[name.split('.').at(-2)!] ?? 1)) / scale);
}

const fileOf = ({ weights, caffe }: Golden): Uint8Array => {
  const state: StateDict = new Map(
    weights.map(([name, shape]) => [name, { shape, data: weightOf(name, shape, caffe) }]),
  );
  return writeSafetensors(state);
};

function expectDetections(found: Detections, expected: Golden['detections']): void {
  expectClose(found.scores, expected.scores, { relative: 0, absolute: 1e-4 });
  const unmatched = expected.scores.filter(
    (score, i) =>
      ![...found.scores.keys()].some(
        (k) =>
          Math.abs(found.scores[k]! - score) <= 1e-4 &&
          found.labels[k] === expected.labels[i] &&
          [0, 1, 2, 3].every((j) => Math.abs(found.boxes[4 * k + j]! - expected.boxes[4 * i + j]!) < 0.02),
      ),
  );
  expect(unmatched).toEqual([]);
}

async function check(name: Name, detector: Detector): Promise<void> {
  const about = golden[name];
  const { tensors, layout, images, notes } = openWeights(
    fileOf(about),
    'x.pth',
    about.caffe ? { images: 'caffe' } : {},
  );
  expect([layout, images]).toEqual(['mmdetection', about.caffe ? 'caffe' : 'torchvision']);
  expect(notes).toEqual([expect.stringMatching(/has the names of mmdetection; taken for a network of/)]);
  const parameters = loadAllWeights(tensors, detector.parameters, 'x.pth');
  const { height, width } = about;
  const pixels = tf.tensor4d(Float32Array.from(uniform(`${name} image`, height * width * 3)), [1, height, width, 3]);
  const batch: ImageBatch = { pixels, sizes: [{ height, width }] };
  const forward = detector.forward(parameters, batch);
  const found = await expectNoLeakAsync(() => detector.detect(forward, batch), 0);
  expectDetections(found[0]!, about.detections);
  disposeTensors(batch, forward, [...parameters.values()]);
}

onEveryBackend(
  'networks of mmdetection',
  () => {
    test('RetinaNet on ResNet-18', async () => {
      const base = mmdetectionRetinaNet(5, 'resnet18');
      await check(
        'retinanet-r18',
        createRetinaNet({ ...base, fpn: { ...base.fpn, channels: 32 }, head: { ...base.head, channels: 32 } }),
      );
    });

    test('Faster R-CNN on ResNet-18: background last, boxes without one', async () => {
      const base = mmdetectionFasterRcnn(5, 'resnet18');
      await check(
        'faster-rcnn-r18',
        createFasterRcnn({
          ...base,
          fpn: { ...base.fpn, channels: 32 },
          roi: { ...base.roi, hidden: 32 },
          rpn: { ...base.rpn, minSize: 1e-6 },
        }),
      );
    });

    test('Faster R-CNN on ResNet-50 of Caffe’s style: BGR images of 0 to 255, strides in the 1x1 convolutions', async () => {
      const base = mmdetectionFasterRcnn(5, 'resnet50');
      await check(
        'faster-rcnn-r50-caffe',
        createFasterRcnn({
          ...base,
          backbone: { ...base.backbone, stride: '1x1' },
          fpn: { ...base.fpn, channels: 32 },
          roi: { ...base.roi, hidden: 32 },
        }),
      );
    });
  },
  ['wasm', 'tensorflow'],
);
