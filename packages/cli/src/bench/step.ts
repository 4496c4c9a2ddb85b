import {
  createRetinaNet,
  imageBatch,
  lite0RetinaNet,
  reduceBatch,
  torchvisionRetinaNet,
  type BackboneName,
  type RetinaNet,
} from '@sed/detectors';
import { scaleConsistencyLoss, selfDistillationLoss, type ConsistencyLoss } from '@sed/losses';
import { prepareBackend } from '@sed/runtime';
import { createTeacher, updateTeacher } from '@sed/teacher-ema';
import * as tf from '@tensorflow/tfjs-core';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { median } from '../report/runs.ts';
import { createTalk } from '../ui/console.ts';
import { short } from '../ui/text.ts';
import { benchInputs, type BenchInputs } from './inputs.ts';

export interface StepChoices {
  readonly model: 'retinanet';
  readonly backbone: BackboneName;
  readonly size: number;
  readonly labeled: number;
  readonly unlabeled: number;
  readonly classes: number;
  readonly steps: number;
  readonly json?: boolean;
}

/** λ_s, λ_d, the learning rate, momentum, weight decay and α of the timed step. */
const SETTINGS = {
  lambdaScale: 0.5,
  lambdaDistill: 1,
  lr: 1e-4,
  momentum: 0.9,
  weightDecay: 1e-4,
  alpha: 0.99,
} as const;

/** `sed-cli bench step`: one step to warm up, then `steps` that are timed. */
export async function benchStep(options: StepChoices, context: Context): Promise<void> {
  const { size, labeled, unlabeled, classes, steps } = options;
  if (size % 64 !== 0)
    throw new UsageError(
      `--size is ${size}; it must be a multiple of 64, so that the grids of an image and of its half agree.`,
    );
  const talk = createTalk(context.io);
  const backend = await prepareBackend({});
  if (backend.warning) talk.warn(backend.warning);
  const detector = createRetinaNet(
    options.backbone === 'efficientnet-lite0'
      ? lite0RetinaNet(classes)
      : torchvisionRetinaNet(classes, options.backbone),
  );
  const step = createStep(detector, benchInputs({ size, labeled, unlabeled, classes }));
  const times: number[] = [];
  let losses = [0, 0];
  for (let i = 0; i <= steps; i++) {
    talk.status(i === 0 ? 'warming up' : `step ${i} of ${steps}`);
    const begun = performance.now();
    losses = await step();
    if (i > 0) times.push(performance.now() - begun);
  }
  talk.clear();
  const result = {
    backend: backend.backend,
    ...(backend.tensorflow === undefined ? {} : { tensorflow: backend.tensorflow, gpu: backend.gpu }),
    model: options.model,
    backbone: options.backbone,
    size,
    labeled,
    unlabeled,
    classes,
    steps,
    ms_per_step: round(median(times)!),
    ms_min: round(Math.min(...times)),
    peak_rss_mib: Math.round(process.resourceUsage().maxRSS / 1024),
    tensors: tf.memory().numTensors,
    losses,
  };
  if (options.json) context.json(result);
  else {
    context.print(
      `${options.model} ${options.backbone}, ${size}x${size} pixels, ${labeled} labeled + ${unlabeled} unlabeled, backend ${result.backend}\n` +
        `${result.ms_per_step} ms a step (median of ${steps}, least ${result.ms_min}), at most ${result.peak_rss_mib} MiB of memory, ` +
        `losses ${losses.map(short).join(' supervised, ')} unsupervised`,
    );
  }
}

/**
 * The step of the PyTorch peer: supervised losses and their gradient; the student on the strong view and on its half, the teacher
 * on the weak view, both unsupervised losses and their gradient; SGD with momentum and weight decay; EMA. Images become tensors
 * inside the step, as in training.
 * @returns a function that runs one step and gives `[supervised, unsupervised]`
 */
export function createStep(detector: RetinaNet, inputs: BenchInputs): () => Promise<[number, number]> {
  const initial = detector.initialize(0);
  const student = new Map<string, tf.Tensor>();
  const trainable = new Map<string, tf.Variable>();
  for (const spec of detector.parameters) {
    const value = initial.get(spec.name)!;
    if (!spec.trainable) student.set(spec.name, value);
    else {
      const variable = tf.variable(value, true);
      value.dispose();
      student.set(spec.name, variable);
      trainable.set(spec.name, variable);
    }
  }
  const teacher = createTeacher(student);
  const names = new Set(trainable.keys());
  const variables = [...trainable.values()];
  const velocity = new Map<string, tf.Tensor>();
  const batching = { multiple: detector.sizeMultiple * 2 };

  const supervised = (): { value: tf.Scalar; grads: tf.NamedTensorMap } => {
    const batch = imageBatch(inputs.labeled, batching);
    return tf.variableGrads(() => {
      const losses = Object.values(detector.supervisedLosses(detector.forward(student, batch), inputs.labeled));
      return losses.reduce((a, b) => tf.add(a, b));
    }, variables);
  };
  const unsupervised = (): { value: tf.Scalar; grads: tf.NamedTensorMap } => {
    const strong = imageBatch(inputs.strong, batching);
    const soft = detector.forward(teacher, imageBatch(inputs.weak, batching));
    const half = reduceBatch(strong, 1);
    const ratio = inputs.weak.length / inputs.labeled.length;
    return tf.variableGrads(() => {
      const full = detector.forward(student, strong);
      const reduced = detector.forward(student, half);
      const terms = [
        ...detector
          .scalePairs(full, reduced, 1)
          .map((p) => weigh(scaleConsistencyLoss(p.a, p.b, p), SETTINGS.lambdaScale * ratio)),
        ...detector
          .distillationPairs(soft, full)
          .map((p) => weigh(selfDistillationLoss(p.a, p.b, p), SETTINGS.lambdaDistill * ratio)),
      ];
      return terms.reduce((a, b) => tf.add(a, b));
    }, variables);
  };
  const update = (...gradients: tf.NamedTensorMap[]): void => {
    for (const [name, variable] of trainable) {
      const next = tf.tidy(() => {
        const terms = gradients.flatMap((g) => g[variable.name] ?? []);
        const decay = tf.mul(variable, SETTINGS.weightDecay);
        const gradient = terms.reduce<tf.Tensor>((a, b) => tf.add(a, b), decay);
        const before = velocity.get(name);
        const moved: tf.Tensor = before ? tf.add(tf.mul(before, SETTINGS.momentum), gradient) : gradient;
        variable.assign(tf.sub(variable, tf.mul(moved, SETTINGS.lr)));
        return tf.keep(moved);
      });
      velocity.get(name)?.dispose();
      velocity.set(name, next);
    }
  };

  return async () => {
    const values = tf.tidy(() => {
      const labeled = supervised();
      const unlabeled = unsupervised();
      update(labeled.grads, unlabeled.grads);
      return tf.stack([labeled.value, unlabeled.value]);
    });
    updateTeacher(teacher, student, SETTINGS.alpha, { trainable: names });
    const [a, b] = (await values.data()) as unknown as [number, number];
    values.dispose();
    return [a, b];
  };
}

function weigh(loss: ConsistencyLoss, weight: number): tf.Scalar {
  return tf.mul(tf.add(loss.classification, loss.regression), weight);
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
