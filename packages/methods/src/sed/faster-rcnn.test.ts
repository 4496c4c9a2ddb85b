/** A step of scale-equivalent distillation of a Faster R-CNN against the reference in PyTorch (tools/golden/faster_rcnn_models.py). */
import { readFileSync } from 'node:fs';
import type { View } from '@sed/augment';
import { createFasterRcnn, torchvisionFasterRcnn } from '@sed/detectors';
import {
  expectClose,
  expectNoLeak,
  expectSample,
  hashedParameters,
  onEveryBackend,
  uniform,
  type Sample,
} from '@sed/testing';
import * as tf from '@tensorflow/tfjs';
import type { SedConfig } from '../config/schema.ts';
import { sedGradients } from './sed.ts';

interface Golden {
  side: number;
  classes: number;
  channels: number;
  hidden: number;
  candidates: number;
  proposals: number;
  lambdaScale: number;
  lambdaDistill: number;
  losses: Record<string, { classification: number; regression: number }>;
  total: number;
  gradientNorm: number;
  gradients: Record<string, Sample>;
}
const golden = JSON.parse(
  readFileSync(new URL('../fixtures/faster-rcnn-step.json', import.meta.url), 'utf8'),
) as Golden;

function views(name: string, batch: number, side: number): View[] {
  const bytes = Uint8Array.from(uniform(name, batch * side * side * 3), (u) => Math.floor((u + 1) * 128));
  return Array.from({ length: batch }, (_, b) => ({
    pixels: bytes.slice(b * side * side * 3, (b + 1) * side * side * 3),
    width: side,
    height: side,
    boxes: new Float32Array(0),
    labels: new Int32Array(0),
    geometry: [1, 0, 0, 0, 1, 0],
  }));
}

const config: SedConfig = {
  kind: 'sed',
  burnIn: 0,
  lambdaScale: golden.lambdaScale,
  lambdaDistill: golden.lambdaDistill,
  maxShift: 1,
  weighting: { kind: 'gradient-histogram', bins: 10 },
  alpha: { kind: 'constant', value: 0.99 },
  classificationWeight: 1,
  regressionWeight: 1,
  regression: 'mean',
  ramp: 0,
};

onEveryBackend(
  'a SED step of Faster R-CNN-R18',
  () => {
    test('losses of both stages and all gradients are the reference’s', () => {
      const { side, classes, channels, hidden, candidates, proposals, losses, gradients } = golden;
      const base = torchvisionFasterRcnn(classes, 'resnet18');
      const detector = createFasterRcnn({
        ...base,
        backbone: { ...base.backbone, trainableNorm: true },
        fpn: { ...base.fpn, channels },
        rpn: { ...base.rpn, pairs: { candidatesPerLevel: candidates, proposals } },
        roi: { ...base.roi, hidden },
      });
      const values = hashedParameters(detector.parameters);
      const teacher = hashedParameters(detector.parameters, 'teacher ');
      const trainable = new Map(
        detector.parameters.filter((p) => p.trainable).map(({ name }) => [name, tf.variable(values.get(name)!)]),
      );
      const student = new Map([...values, ...trainable]);
      expect([...trainable.keys()].sort()).toEqual(Object.keys(gradients).sort());
      const seen = { weak: views('weak', 2, side), strong: views('strong', 2, side) };
      const model = { detector, student, trainable, batching: { multiple: 64 } };
      const found = expectNoLeak(
        () => sedGradients(model, teacher, seen, config, { weight: 1, shift: 1, histogram: false }),
        trainable.size + 8 + 1,
      );
      let total = 0;
      for (const [name, expected] of Object.entries(losses)) {
        for (const part of ['classification', 'regression'] as const) {
          const value = found.losses.get(`${name}.${part}`)!.dataSync()[0]!;
          total += found.weights.get(`${name}.${part}`)! * value;
          expectClose([value], [expected[part]], { relative: 5e-5 });
        }
      }
      expect(found.losses.size).toBe(8);
      expectClose([total], [golden.total], { relative: 2e-5 });
      let square = 0;
      for (const [name, gradient] of found.gradients) {
        const data = gradient.dataSync<'float32'>();
        for (const g of data) square += g * g;
        expectSample(name, data, gradients[name]!, 1e-4);
      }
      expectClose([Math.sqrt(square)], [golden.gradientNorm], { relative: 2e-5 });
      const { gradients: grads, losses: parts, measured } = found;
      tf.dispose([...grads.values(), ...parts.values(), ...measured.values(), ...values.values()]);
      tf.dispose([...teacher.values(), ...trainable.values()]);
    });
  },
  ['wasm', 'tensorflow'],
);
