/** One optimiser step: gradients of all parts, the check that they are finite, the update of student and teacher. */
import { updateTeacher } from '@sed/teacher-ema';
import { randomStream } from '@sed/geometry';
import { phase } from '@sed/tensor-ops';
import * as tf from '@tensorflow/tfjs-core';
import type { RunConfig } from '../config/schema.ts';
import type { StepViews } from '../data/loader.ts';
import { requireFinite } from '../guards/finite.ts';
import { requireFiniteWeights } from '../guards/weights.ts';
import type { Differentiated } from '../methods/gradients.ts';
import type { Model } from '../methods/model.ts';
import { rampFactor, sedGradients, shiftOf } from '../methods/sed.ts';
import { supervisedGradients } from '../methods/supervised.ts';
import { clipFactor, type Gradients } from '../optimiser/sgd.ts';
import { alphaOf } from '../schedule/alpha.ts';
import { learningRate } from '../schedule/learning-rate.ts';
import type { TrainingState } from './state.ts';

export interface StepNumbers {
  /** Unweighted, by name, averaged over the accumulated parts. */
  readonly losses: ReadonlyMap<string, number>;
  readonly total: number;
  /** The part of `total` that comes from labeled images, and from unlabeled ones (undefined where there were none). */
  readonly supervised: number;
  readonly unsupervised: number | undefined;
  readonly lr: number;
  readonly alpha: number | null;
  readonly gradientNorm: number;
  readonly histogram: number[] | undefined;
  readonly teacherMaxScore: number | undefined;
  /** The student's rows that distillation left out as they have no counterpart in the teacher's view, of all. */
  readonly leftOut: { readonly rows: number; readonly of: number } | undefined;
}

/**
 * Takes step `state.step` (0-based) and counts it. Student and teacher are changed in place.
 * @throws Error of {@link requireFinite}; nothing has changed then. Error of {@link requireFiniteWeights}, after the update
 */
export function takeStep<F>(
  config: RunConfig,
  model: Model<F>,
  state: TrainingState,
  views: StepViews,
  options: { histogram: boolean; lastCheckpoint: string | undefined },
): StepNumbers {
  const { step, sgd } = state;
  const lr = learningRate(config, step);
  const alpha = alphaOf(config, step);
  const parts: Differentiated[] = [];
  const { accumulate } = config.batch;
  const share = 1 / accumulate;
  // The sum of the gradients, as one or two terms: the update adds the last one as it reads it.
  const terms: Gradients[] = [];
  const add = ({ gradients }: Differentiated, last: boolean): void =>
    phase('optimiser', () => {
      const more = sgd.collect(gradients);
      if (terms.length === 0 || last) terms.push(more);
      else sgd.accumulate(terms[0]!, more);
    });

  const unlabeled = (part: number): Differentiated | undefined => {
    const { method } = config;
    if (method.kind !== 'sed' || views.unlabeled === undefined) return undefined;
    const { weak, strong } = views.unlabeled;
    const seen = { weak: slice(weak, part, accumulate), strong: slice(strong, part, accumulate) };
    const weight = (config.batch.unlabeled / config.batch.labeled) * rampFactor(method, step - method.burnIn) * share;
    const shift = shiftOf(config.seed, step, method.maxShift);
    return sedGradients(model, state.teacher!, seen, method, { weight, shift, histogram: options.histogram });
  };

  for (let part = 0; part < accumulate; part++) {
    // The unsupervised part first: it has more activations, and the gradients of what went before are there beside them. So gradients add up
    // in the order unlabeled, labeled, unlabeled of the next part, …; of one part that is the other order's sum to the bit.
    const unsupervised = unlabeled(part);
    if (unsupervised) add(unsupervised, false);
    const supervised = supervisedGradients(
      model,
      slice(views.labeled.views, part, accumulate),
      share,
      randomStream(config.seed, 'sampling', step, part),
    );
    add(supervised, part === accumulate - 1);
    parts.push(supervised, ...(unsupervised ? [unsupervised] : []));
  }

  const norm = phase('optimiser', () => sgd.norm(terms));
  const { losses, weighted, measured, gradientNorm } = phase('losses read', () => read(parts, norm, share));
  const files = [...views.labeled.files, ...(views.unlabeled?.files ?? [])];
  try {
    requireFinite({ step, losses, gradientNorm, files, checkpoint: options.lastCheckpoint, lr });
  } catch (error) {
    tf.dispose(terms);
    throw error;
  }
  state.updating = true;
  phase('optimiser', () => sgd.step(terms, lr, clipFactor(gradientNorm, config.optimiser.clip)));
  phase('weights checked', () =>
    requireFiniteWeights(state.trainable, {
      what: 'the weight',
      step: step + 1,
      lr,
      checkpoint: options.lastCheckpoint,
    }),
  );
  if (alpha !== null) {
    phase('EMA', () => updateTeacher(state.teacher!, model.student, alpha, { trainable: state.trainableNames }));
  }
  state.updating = false;
  state.step = step + 1;

  const sumOf = (prefix: string) => [...weighted].filter(([n]) => n.startsWith(prefix)).reduce((s, [, v]) => s + v, 0);
  const supervised = sumOf('supervised.');
  const total = sumOf('');
  const leftOut = measured.get('leftOut');
  return {
    losses,
    total,
    supervised,
    unsupervised: views.unlabeled === undefined ? undefined : total - supervised,
    lr,
    alpha,
    gradientNorm,
    histogram: measured.get('histogram'),
    teacherMaxScore: measured.get('teacherMaxScore')?.[0],
    leftOut: leftOut && { rows: leftOut[0]!, of: leftOut[1]! },
  };
}

function slice<T>(items: readonly T[], part: number, parts: number): readonly T[] {
  const size = items.length / parts;
  return parts === 1 ? items : items.slice(part * size, (part + 1) * size);
}

interface Numbers {
  readonly losses: ReadonlyMap<string, number>;
  readonly weighted: ReadonlyMap<string, number>;
  readonly measured: ReadonlyMap<string, number[]>;
  readonly gradientNorm: number;
}

/** Measurements that are counts of rows. */
const COUNTS = new Set(['histogram', 'leftOut']);

/** Downloads everything in one piece: each download waits for the device. Disposes of what it reads. */
function read(parts: readonly Differentiated[], norm: tf.Scalar, share: number): Numbers {
  const tensors = [norm, ...parts.flatMap((p) => [...p.losses.values(), ...p.measured.values()])];
  const values = tf.tidy(() =>
    tf.concat1d(tensors.map((t) => tf.reshape(t, [-1]) as tf.Tensor1D)).dataSync<'float32'>(),
  );
  let at = 1;
  const losses = new Map<string, number>();
  const weighted = new Map<string, number>();
  const measured = new Map<string, number[]>();
  for (const part of parts) {
    for (const name of part.losses.keys()) {
      const value = values[at++]!;
      losses.set(name, (losses.get(name) ?? 0) + value * share);
      weighted.set(name, (weighted.get(name) ?? 0) + value * part.weights.get(name)!);
    }
    for (const [name, tensor] of part.measured) {
      const found = Array.from(values.subarray(at, at + tensor.size));
      at += tensor.size;
      const before = measured.get(name);
      // counts add up over the parts, the best score is the best of all
      measured.set(
        name,
        found.map((v, i) => (COUNTS.has(name) ? v + (before?.[i] ?? 0) : Math.max(v, before?.[i] ?? v))),
      );
    }
  }
  const gradientNorm = values[0]!;
  tf.dispose(tensors);
  return { losses, weighted, measured, gradientNorm };
}
