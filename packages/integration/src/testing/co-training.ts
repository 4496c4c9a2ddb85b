/**
 * A method of one's own with two trained networks and a memory: each learns on labels and from the other, and the
 * agreement is remembered.
 */
import { imageBatch } from '@sed/detectors';
import { selfDistillationLoss } from '@sed/losses';
import { type Method, type Part, type StepContext } from '@sed/methods';
import { labeledViews, supervisedPart } from '@sed/methods/pieces';
import { Type } from '@sinclair/typebox';
import * as tf from '@tensorflow/tfjs-core';

interface Config {
  readonly kind: string;
  readonly from: number;
}
interface Memory {
  readonly steps: number;
  readonly distance: number;
}

const NETWORKS = ['first', 'second'] as const;

export const coTraining: Method<Config, Memory> = {
  kind: 'co-training',
  schema: Type.Object({ kind: Type.Literal('co-training'), from: Type.Integer({ minimum: 0, default: 3 }) }),
  counts: [{ path: 'from', last: (_, iterations) => iterations - 1 }],
  networks: () => ({ first: { role: 'trained' }, second: { role: 'trained' } }),
  views: ({ from }) => [
    labeledViews('weak'),
    { source: 'unlabeled', from, chains: { weak: ['weak'], strong: ['weak', 'strong'] } },
  ],
  parts: (step) =>
    NETWORKS.flatMap((network) => [learn(step, network), ...(step.unlabeled ? [follow(step, network)] : [])]),
  memory: {
    initial: () => ({ steps: 0, distance: 0 }),
    restore(stored) {
      if (Number.isSafeInteger((stored as Memory | null)?.steps)) return stored as Memory;
      throw new Error('has no number of steps');
    },
  },
  after({ step, measured }, memory) {
    const distance = measured['distance'] as number | undefined;
    if (distance === undefined) return { memory, warnings: [] };
    const next = { steps: memory.steps + 1, distance: memory.distance + distance };
    const warnings = next.steps === 2 ? [{ code: 'agreement', message: `Step ${step}: two steps together.` }] : [];
    return { memory: next, warnings };
  },
};

/** The labels, under the network's own names. */
function learn(step: StepContext<Config>, network: string): Part {
  const part = supervisedPart(step, { network });
  const prepare = async () => {
    const compute = await part.prepare();
    return (...given: Parameters<typeof compute>) => ({
      terms: compute(...given).terms.map((term) => ({ ...term, name: `${network}.${term.name}` })),
    });
  };
  return { ...part, name: network, prepare };
}

/** The other network's predictions on the weak view. */
function follow({ detector, batching, networks, unlabeled }: StepContext<Config>, network: string): Part {
  const other = networks[NETWORKS.find((name) => name !== network)!]!;
  const prepare = () => {
    const strong = imageBatch(unlabeled!['strong']!, batching);
    const target = detector.forward(other, imageBatch(unlabeled!['weak']!, batching));
    return (parameters: typeof other) => {
      const pairs = detector.distillationPairs(target, detector.forward(parameters, strong));
      const losses = pairs.map(({ a, b, activation }) => selfDistillationLoss(a, b, { activation }).classification);
      const value = losses.reduce((sum, loss): tf.Scalar => tf.add(sum, loss));
      return {
        terms: [{ name: `${network}.agreement`, value, weight: 0.5 }],
        measured: { distance: { value, over: 'max' as const } },
      };
    };
  };
  return { name: `${network}-agreement`, network, prepare };
}
