import {
  createFasterRcnn,
  createRetinaNet,
  lite0FasterRcnn,
  lite0RetinaNet,
  torchvisionFasterRcnn,
  torchvisionRetinaNet,
  type BackboneName,
  type Detector,
} from '@sed/detectors';
import { prepareBackend } from '@sed/runtime';
import { createTeacher, updateTeacher } from '@sed/teacher-ema';
import {
  createSgd,
  sedGradients,
  supervisedGradients,
  type Differentiated,
  type FlatGradients,
  type Model,
  type SedConfig,
} from '@sed/trainer';
import * as tf from '@tensorflow/tfjs-core';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { median } from '../report/runs.ts';
import { createTalk } from '../ui/console.ts';
import { short } from '../ui/text.ts';
import { benchInputs, type BenchInputs } from './inputs.ts';

export interface StepChoices {
  readonly model: 'retinanet' | 'fasterrcnn';
  readonly backbone: BackboneName;
  readonly size: number;
  readonly labeled: number;
  readonly unlabeled: number;
  readonly classes: number;
  readonly steps: number;
  readonly json?: boolean;
}

/** The paper's losses at their defaults, and the peer's learning rate, at which random weights stay finite. */
const SETTINGS = {
  lr: 1e-4,
  momentum: 0.9,
  weightDecay: 1e-4,
  alpha: 0.99,
  method: {
    kind: 'sed',
    burnIn: 0,
    lambdaScale: 0.5,
    lambdaDistill: 1,
    maxShift: 1,
    weighting: { kind: 'gradient-histogram', bins: 10 },
    alpha: { kind: 'constant', value: 0.99 },
    classificationWeight: 1,
    regressionWeight: 1,
    regression: 'mean',
    ramp: 0,
  } satisfies SedConfig,
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
  const { detector, proposals } = createDetector(options);
  const step = createStep(detector, benchInputs({ size, labeled, unlabeled, classes }));
  const times: number[] = [];
  let losses = [0, 0];
  for (let i = 0; i <= steps; i++) {
    talk.status(i === 0 ? 'warming up' : `step ${i} of ${steps}`);
    const begun = performance.now();
    losses = step();
    if (i > 0) times.push(performance.now() - begun);
    await new Promise(setImmediate); // lets Ctrl-C in
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
    ...proposals,
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
        (proposals === undefined
          ? ''
          : `at most ${proposals.proposals_per_view} proposals a view in pairs, ${proposals.proposals_supervised} in supervised losses\n`) +
        `${result.ms_per_step} ms a step (median of ${steps}, least ${result.ms_min}), at most ${result.peak_rss_mib} MiB of memory, ` +
        `losses ${losses.map(short).join(' supervised, ')} unsupervised`,
    );
  }
}

/** The most proposals of an image: the number decides what a step of two stages costs. */
interface Proposals {
  readonly proposals_per_view: number;
  readonly proposals_supervised: number;
}

/** torchvision's numbers, proposals included, as the peer's; the narrow ones for EfficientNet-Lite0. */
function createDetector({ model, backbone, classes }: StepChoices): { detector: Detector; proposals?: Proposals } {
  const lite = backbone === 'efficientnet-lite0';
  if (model === 'retinanet') {
    return { detector: createRetinaNet(lite ? lite0RetinaNet(classes) : torchvisionRetinaNet(classes, backbone)) };
  }
  const settings = lite ? lite0FasterRcnn(classes) : torchvisionFasterRcnn(classes, backbone);
  const { pairs, training } = settings.rpn;
  return {
    detector: createFasterRcnn(settings),
    proposals: { proposals_per_view: pairs.proposals, proposals_supervised: training.proposals },
  };
}

/**
 * The step of the PyTorch peer, made of the trainer's own parts: supervised losses and their gradient; the student on the strong
 * view and on its half, the teacher on the weak view, both unsupervised losses and their gradient; SGD with momentum and weight
 * decay; EMA. Images become tensors inside the step, as in training.
 * @returns a function that runs one step and gives `[supervised, unsupervised]`, the second weighted
 */
export function createStep<F>(detector: Detector<F>, inputs: BenchInputs): () => [number, number] {
  const student = new Map<string, tf.Tensor>(detector.initialize(0));
  const trainable = new Map<string, tf.Variable>();
  for (const { name } of detector.parameters.filter((p) => p.trainable)) {
    const fresh = student.get(name)!;
    const variable = tf.variable(fresh, true);
    fresh.dispose();
    student.set(name, variable);
    trainable.set(name, variable);
  }
  const teacher = createTeacher(student);
  const names = new Set(trainable.keys());
  const sgd = createSgd(trainable, SETTINGS);
  const model: Model<F> = {
    detector,
    student,
    trainable,
    batching: { multiple: detector.sizeMultiple * 2 },
  };
  const options = { weight: inputs.weak.length / inputs.labeled.length, shift: 1, histogram: false };

  return () => {
    const collect = (part: Differentiated): FlatGradients => {
      const flat = sgd.collect(part.gradients);
      tf.dispose([...part.gradients.values()]);
      return flat;
    };
    const supervised = supervisedGradients(model, inputs.labeled);
    const gradients = collect(supervised);
    const unsupervised = sedGradients(model, teacher, inputs, SETTINGS.method, options);
    sgd.accumulate(gradients, collect(unsupervised));
    sgd.step(gradients, SETTINGS.lr);
    updateTeacher(teacher, student, SETTINGS.alpha, { trainable: names });
    // Reading the losses waits for the device, so the time is that of the whole step.
    return [supervised, unsupervised].map(readAndDispose) as [number, number];
  };
}

/** The weighted sum of the losses; frees them and what was measured. */
function readAndDispose({ losses, weights, measured }: Differentiated): number {
  let sum = 0;
  for (const [name, loss] of losses) sum += weights.get(name)! * loss.dataSync()[0]!;
  tf.dispose([...losses.values(), ...measured.values()]);
  return sum;
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
