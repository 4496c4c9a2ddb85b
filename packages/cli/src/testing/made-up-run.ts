/** Run folders with made-up but plausible numbers, for the tests of the report. No randomness but a seeded one. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface MadeUpRun {
  readonly method: 'supervised' | 'sed';
  readonly seed: number;
  readonly iterations?: number;
  /** Added to every AP. */
  readonly bonus?: number;
  readonly finished?: boolean;
}

/** Writes config.json and metrics.jsonl of a run into `folder`. */
export async function writeMadeUpRun(folder: string, options: MadeUpRun): Promise<void> {
  const { method, seed, iterations = 1200, bonus = 0, finished = true } = options;
  const random = mulberry(seed * 7 + (method === 'sed' ? 1 : 0));
  const noise = (size: number) => size * (random() + random() + random() - 1.5);
  const burnIn = Math.round(iterations / 3);
  const config = {
    seed,
    data: {
      labeled: { annotations: '/data/cells/annotations/instances_train.json', images: '/data/cells/images' },
      split: { percent: 10, fold: seed },
      ...(method === 'sed' ? { unlabeled: 'rest-of-labeled' } : {}),
      validation: { annotations: '/data/cells/annotations/instances_val.json', images: '/data/cells/images' },
    },
    detector: {
      kind: 'retinanet',
      backbone: 'efficientnet-lite0',
      channels: 64,
      depth: 2,
      anchorScales: [1, 1.26, 1.587],
    },
    batch: { labeled: 2, unlabeled: 2, accumulate: 1 },
    optimizer: { kind: 'sgd', lr: 0.01, momentum: 0.9, weightDecay: 1e-4, clip: 10 },
    iterations,
    method: {
      kind: method,
      burnIn,
      alpha: { kind: 'step', from: 0.99, to: 0.9 },
      ...(method === 'sed'
        ? { lambdaScale: 0.5, lambdaDistill: 1, weighting: { kind: 'gradient-histogram', bins: 10 } }
        : {}),
    },
  };
  const rows: object[] = [
    {
      kind: 'start',
      step: 0,
      date: '2026-01-02T03:04:05.000Z',
      versions: { node: 'v20.20.2', '@sed/trainer': '0.1.0', '@tensorflow/tfjs-core': '4.22.0', tensorflow: '2.21.0' },
      backend: 'tensorflow',
      seed,
      notes: ['The batch is 2 + 2 images instead of 16 + 16 (labeled + unlabeled).'],
      images: { labeled: 20, unlabeled: 185, validation: 159 },
      classes: ['RBC', 'WBC', 'Platelets'],
    },
  ];
  const stop = finished ? iterations : Math.round(iterations * 0.7);
  for (let step = 25; step <= stop; step += 25) {
    const t = step / iterations;
    const unsupervised = method === 'sed' && step > burnIn;
    const since = (step - burnIn) / (iterations - burnIn);
    const losses: Record<string, number> = {
      'supervised.classification': 0.04 + 1.1 * Math.exp(-14 * t) + Math.abs(noise(0.02)),
      'supervised.boxRegression': 0.15 + 0.6 * Math.exp(-5 * t) + Math.abs(noise(0.03)),
    };
    if (unsupervised) {
      losses['distillation.dense.classification'] = 0.25 + 0.4 * Math.exp(-6 * since) + Math.abs(noise(0.05));
      losses['distillation.dense.regression'] = 0.011 + Math.abs(noise(0.003));
      losses['scale.dense.classification'] = 0.28 + 1.5 * Math.exp(-20 * since) + Math.abs(noise(0.05));
      losses['scale.dense.regression'] = 0.003 + 0.13 * Math.exp(-25 * since) + Math.abs(noise(0.0005));
    }
    rows.push({
      kind: 'train',
      step,
      losses,
      total: Object.values(losses).reduce((a, b) => a + b, 0),
      lr: (0.01 * Math.min(1, step / 50)) / (t > 0.89 ? 100 : t > 0.667 ? 10 : 1),
      alpha: step <= burnIn ? null : t > 0.667 ? 0.9 : 0.99,
      gradientNorm:
        1.5 + 16 * Math.exp(-9 * t) + (unsupervised ? 14 * Math.exp(-18 * since) : 0) + Math.abs(noise(0.5)),
      seconds: (unsupervised ? 0.55 : 0.21) + Math.abs(noise(0.02)),
      memory: { tensors: 912, megabytes: 61.2, rssMegabytes: 820 + (unsupervised ? 260 : 0) + Math.abs(noise(20)) },
      ...(unsupervised
        ? {
            histogram: [27799, 2108, 505, 130, 79, 55, 25, 6, 1, 0].map((c) =>
              Math.max(0, Math.round(c * (1 + noise(0.2)))),
            ),
            teacherMaxScore: 0.9 + noise(0.05),
          }
        : {}),
    });
    if (step % Math.round(iterations / 6) === 0) {
      for (const model of ['student', 'teacher'] as const) {
        if (model === 'teacher' && step <= burnIn) continue;
        const ap =
          0.415 * (1 - Math.exp(-4.2 * t)) +
          (method === 'sed' ? 0.012 * t : 0) +
          (model === 'teacher' ? 0.012 * (1 - t) : noise(0.012)) +
          bonus;
        rows.push({
          kind: 'eval',
          step,
          model,
          metrics: metrics(ap),
          perClass: { RBC: ap + 0.08, WBC: ap + 0.21, Platelets: ap - 0.27 },
          images: 159,
          seconds: 14,
        });
      }
    }
    if (unsupervised && step % 100 === 0) {
      const thresholds = [0.1, 0.3, 0.5, 0.7, 0.9];
      const p = (s: number, iou: number) => Math.min(0.99, 0.35 + 0.55 * s + 0.08 * since - iou);
      const r = (s: number, iou: number) => Math.max(0, 0.95 - 0.75 * s + 0.1 * since - iou);
      rows.push({
        kind: 'pseudo',
        step,
        thresholds,
        precision50: thresholds.map((s) => p(s, 0)),
        recall50: thresholds.map((s) => r(s, 0)),
        precision90: thresholds.map((s) => p(s, 0.32)),
        recall90: thresholds.map((s) => r(s, 0.3)),
        images: 100,
      });
    }
  }
  if (method === 'sed')
    rows.push({
      kind: 'warning',
      step: burnIn + 50,
      code: 'unsupervised-dominates',
      message:
        'The unsupervised losses make <4.8> times the gradient of the supervised ones: lower "method.classificationWeight".',
    });
  if (finished) rows.push({ kind: 'done', step: iterations, seconds: iterations * (method === 'sed' ? 0.45 : 0.21) });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'config.json'), JSON.stringify(config, null, 2));
  await writeFile(join(folder, 'metrics.jsonl'), `${rows.map((r) => JSON.stringify(r)).join('\n')}\n`);
}

function metrics(ap: number): Record<string, number> {
  return {
    AP: ap,
    AP50: ap + 0.39,
    AP75: ap - 0.02,
    APs: -1,
    APm: ap - 0.09,
    APl: ap + 0.12,
    AR1: ap - 0.15,
    AR10: ap + 0.04,
    AR100: ap + 0.1,
    ARs: -1,
    ARm: ap + 0.02,
    ARl: ap + 0.17,
  };
}

function mulberry(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z = (z + Math.imul(z ^ (z >>> 7), z | 61)) ^ z;
    return ((z ^ (z >>> 14)) >>> 0) / 4294967296;
  };
}
