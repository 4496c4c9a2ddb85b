/**
 * A step of scale-equivalent distillation of a Faster R-CNN against the reference in PyTorch
 * (tools/golden/faster_rcnn_models.py).
 */
import { readFileSync } from 'node:fs';
import type { View } from '@sed/augment';
import { createFasterRcnn, torchvisionFasterRcnn } from '@sed/detectors';
import { expectClose, expectSample, hashedParameters, onEveryBackend, uniform, type Sample } from '@sed/testing';
import * as tf from '@tensorflow/tfjs';
import { disposeNetworks, derivedNetwork, trainedNetwork, type Networks } from '../networks.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import { createSgd } from '../optimizers/sgd.ts';
import { planOf } from '../plan.ts';
import { computeStep, disposeStep } from '../step/compute.ts';
import { sed } from './method.ts';
import type { SedConfig } from './schema.ts';

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

/** The step's unlabeled part alone, which is what the reference computes. */
const unlabeledAlone: typeof sed = { ...sed, parts: (step) => sed.parts(step).slice(1) };
const batch = { labeled: 2, unlabeled: 2, accumulate: 1 };
const plan = planOf(unlabeledAlone, config, { seed: 1, iterations: 10, batch, milestones: [], labeledView: 'weak' });

/** SGD that tells the gradients it is given. */
function telling(variables: ReadonlyMap<string, tf.Variable>, told: Map<string, Float32Array>): Optimizer {
  const sgd = createSgd(variables, { momentum: 0, weightDecay: 0 });
  return {
    ...sgd,
    collect(gradients) {
      for (const [name, gradient] of gradients) told.set(name, gradient.dataSync<'float32'>());
      return sgd.collect(gradients);
    },
  };
}

onEveryBackend(
  'a SED step of Faster R-CNN-R18',
  () => {
    test('losses of both stages and all gradients are the reference’s', async () => {
      const { side, classes, channels, hidden, candidates, proposals, losses, gradients } = golden;
      const base = torchvisionFasterRcnn(classes, 'resnet18');
      const detector = createFasterRcnn({
        ...base,
        backbone: { ...base.backbone, trainableNorm: true },
        fpn: { ...base.fpn, channels },
        rpn: { ...base.rpn, pairs: { candidatesPerLevel: candidates, proposals } },
        roi: { ...base.roi, hidden },
      });
      const told = new Map<string, Float32Array>();
      const student = trainedNetwork(detector, hashedParameters(detector.parameters), (variables) =>
        telling(variables, told),
      );
      expect([...student.trainable.keys()].sort()).toEqual(Object.keys(gradients).sort());
      const weights = hashedParameters(detector.parameters, 'teacher ');
      const networks: Networks = new Map();
      networks.set('student', student);
      networks.set('teacher', derivedNetwork('averaged', weights));
      tf.dispose([...weights.values()]);
      const unlabeled = { weak: views('weak', 2, side), strong: views('strong', 2, side) };
      const tensors = tf.memory().numTensors;
      const found = await computeStep(
        { plan, detector, batching: { multiple: 64 } },
        { step: 0, networks, memory: undefined },
        { labeled: { image: [] }, unlabeled, measuring: false },
      );
      for (const [name, expected] of Object.entries(losses)) {
        for (const part of ['classification', 'regression'] as const) {
          expectClose([found.losses.get(`${name}.${part}`)!], [expected[part]], { relative: 5e-5 });
        }
      }
      expect(found.losses.size).toBe(8);
      expectClose([found.total, found.totals.get('unsupervised')!], [golden.total, golden.total], { relative: 2e-5 });
      expect([...told.keys()].sort()).toEqual(Object.keys(gradients).sort());
      let square = 0;
      for (const [name, data] of told) {
        for (const g of data) square += g * g;
        expectSample(name, data, gradients[name]!, 1e-4);
      }
      expectClose([Math.sqrt(square)], [golden.gradientNorm], { relative: 2e-5 });
      expectClose([found.norms.get('student')!], [golden.gradientNorm], { relative: 2e-5 });
      expect(found.measured['teacherMaxScore']).toBeGreaterThan(0);
      expect(Object.keys(found.measured)).toEqual(['teacherMaxScore']);
      disposeStep(found);
      expect(tf.memory().numTensors).toBe(tensors);
      disposeNetworks(networks);
    });
  },
  ['wasm', 'tensorflow'],
);
