import { learningRate } from './learning-rate.ts';

const optimiser = {
  kind: 'sgd' as const,
  lr: 0.01,
  momentum: 0.9,
  weightDecay: 0,
  clip: null,
  warmup: { steps: 50, factor: 0.02 },
};

test('warm-up from 1/50 and tenfold drops, as peer/train_torch.py computes them', () => {
  const config = {
    optimiser,
    schedule: { kind: 'step' as const, milestones: [800, 1067], factor: 0.1 },
    iterations: 1200,
  };
  for (const step of [0, 1, 24, 48, 49, 50, 799, 800, 1066, 1067, 1199]) {
    const drops = [800, 1067].filter((d) => step >= d).length;
    expect(learningRate(config, step)).toBeCloseTo(0.01 * Math.min(1, (step + 1) / 50) * 0.1 ** drops, 15);
  }
});

test('cosine ends at its end', () => {
  const config = {
    optimiser: { ...optimiser, warmup: { steps: 0, factor: 1 } },
    schedule: { kind: 'cosine' as const, end: 0.1 },
    iterations: 100,
  };
  expect(learningRate(config, 0)).toBeCloseTo(0.01, 15);
  expect(learningRate(config, 50)).toBeCloseTo(0.0055, 15);
  expect(learningRate(config, 100)).toBeCloseTo(0.001, 15);
});
