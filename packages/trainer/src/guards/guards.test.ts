import { requireFinite } from './finite.ts';

test('a loss that is not finite is named, with the step, the images and the checkpoint', () => {
  const numbers = {
    step: 41,
    losses: new Map([
      ['supervised.classification', 0.3],
      ['scale.dense.regression', NaN],
    ]),
    gradientNorm: NaN,
    files: ['/a.jpg', '/b.jpg'],
    checkpoint: '/run/checkpoints/step-40',
    lr: 0.01,
  };
  expect(() => requireFinite(numbers)).toThrow(
    /Step 42: the loss scale\.dense\.regression is NaN.*not taken.*\n.*\/a\.jpg, \/b\.jpg[^]*step-40/,
  );
  const finite = { ...numbers, losses: new Map([['x', 1]]) };
  expect(() => requireFinite({ ...finite, gradientNorm: Infinity, checkpoint: undefined })).toThrow(
    /norm of the gradient is Infinity[^]*no checkpoint yet/,
  );
  expect(() => requireFinite({ ...finite, losses: new Map([['x', Infinity]]), gradientNorm: 1 })).toThrow(
    /the loss x is Infinity/,
  );
  requireFinite({ ...finite, gradientNorm: 1 });
});
