import { learningRate } from './learning-rate.ts';

const rate = { lr: 0.01, warmup: { steps: 50, factor: 0.02 } };

test('warm-up from 1/50 and tenfold drops, as peer/train_torch.py computes them', () => {
  const schedule = { kind: 'step' as const, milestones: [800, 1067], factor: 0.1 };
  for (const step of [0, 1, 24, 48, 49, 50, 799, 800, 1066, 1067, 1199]) {
    const drops = [800, 1067].filter((d) => step >= d).length;
    const expected = 0.01 * Math.min(1, (step + 1) / 50) * 0.1 ** drops;
    expect(learningRate(rate, schedule, 1200, step)).toBeCloseTo(expected, 15);
  }
});

test('cosine ends at its end', () => {
  const settings = { ...rate, warmup: { steps: 0, factor: 1 } };
  const at = (step: number): number => learningRate(settings, { kind: 'cosine', end: 0.1 }, 100, step);
  expect(at(0)).toBeCloseTo(0.01, 15);
  expect(at(50)).toBeCloseTo(0.0055, 15);
  expect(at(100)).toBeCloseTo(0.001, 15);
});
