/**
 * GFLOP/s of the ways to compute a convolution and its gradients on TensorFlow, by shape: the numbers behind the
 * choices in src/native/convolution.ts. Run on a quiet machine:
 * `npx tsc -b packages/runtime && node packages/runtime/bench/convolutions.mjs`
 */
import * as tf from '@tensorflow/tfjs-core';
import { prepareBackend } from '../dist/index.js';
import { TensorFlowOps } from '../dist/native/ops.js';

const prepared = await prepareBackend({ backend: 'tensorflow' });
const ops = new TensorFlowOps(tf.backend());
const BATCH = 2;

/** Milliseconds of the fastest of four runs. */
function time(body) {
  body().dispose();
  let best = Infinity;
  for (let i = 0; i < 4; i++) {
    const begun = performance.now();
    body().dispose();
    best = Math.min(best, performance.now() - begun);
  }
  return best;
}

/** Runs `body(keep)` and frees what it kept. */
function scratch(body) {
  const kept = [];
  const result = body((tensor) => (kept.push(tensor), tensor));
  tf.dispose(kept);
  return result;
}

function report(title, flops, ways) {
  const cells = Object.entries(ways).map(([name, ms]) => `${name} ${(flops / 1e6 / ms).toFixed(0)}`);
  console.log(`${title.padEnd(26)} ${(flops / 1e9).toFixed(2)} GFLOP  ${cells.join('  ')}`);
}

function convolution(size, channels, outputs, kernel, stride) {
  const p = (kernel - 1) / 2;
  const geometry = { strides: [stride, stride], padding: [p, p, p, p] };
  const grid = Math.ceil(size / stride);
  const x = tf.randomNormal([BATCH, size, size, channels]);
  const filter = tf.randomNormal([kernel, kernel, channels, outputs]);
  const dy = tf.randomNormal([BATCH, grid, grid, outputs]);
  const rows = BATCH * grid * grid;
  const ways = {
    forward: time(() => ops.convolution(x, filter, geometry)),
    'dX op': time(() => ops.convolutionInputGradient(x.shape, filter, dy, geometry)),
    'dW op': time(() => ops.convolutionFilterGradient(x, filter.shape, dy, geometry)),
  };
  if (kernel === 1 && stride === 1) {
    const xRows = ops.reshape(x, [rows, channels]);
    const dyRows = ops.reshape(dy, [rows, outputs]);
    const matrix = ops.reshape(filter, [channels, outputs]);
    ways['as a product: forward'] = time(() => ops.matMul(xRows, matrix));
    ways['dX'] = time(() => ops.matMul(dyRows, matrix, false, true));
    ways['dW'] = time(() => ops.matMul(xRows, dyRows, true, false));
    tf.dispose([xRows, dyRows, matrix]);
  } else if (stride === 1) {
    ways['dX as forward'] = time(() =>
      scratch((keep) => {
        const turned = keep(ops.transpose(keep(ops.flip(filter)), [0, 1, 3, 2]));
        return ops.convolution(dy, turned, geometry);
      }),
    );
    ways['dW as products'] = time(() =>
      scratch((keep) => {
        const padded = keep(ops.pad(x, geometry.padding));
        const dyRows = keep(ops.reshape(dy, [rows, outputs]));
        const taps = [];
        for (let tap = 0; tap < kernel * kernel; tap++) {
          const begin = [0, Math.floor(tap / kernel), tap % kernel, 0];
          const product = scratch((inner) => {
            const part = inner(ops.slice(padded, begin, [BATCH, grid, grid, channels]));
            return ops.matMul(inner(ops.reshape(part, [rows, channels])), dyRows, true, false);
          });
          taps.push(keep(product));
        }
        return ops.concat(taps);
      }),
    );
  }
  report(`${size}: ${channels} → ${outputs}, ${kernel}/${stride}`, 2 * rows * filter.size, ways);
  tf.dispose([x, filter, dy]);
}

function depthwise(size, channels, kernel, stride) {
  const p = (kernel - 1) / 2;
  const geometry = { strides: [stride, stride], padding: [p, p, p, p] };
  const grid = Math.ceil(size / stride);
  const x = tf.randomNormal([BATCH, size, size, channels]);
  const filter = tf.randomNormal([kernel, kernel, channels, 1]);
  const dy = tf.randomNormal([BATCH, grid, grid, channels]);
  const ways = {
    forward: time(() => ops.depthwise(x, filter, geometry)),
    'dX op': time(() => ops.depthwiseInputGradient(x.shape, filter, dy, geometry)),
    'dW op': time(() => ops.depthwiseFilterGradient(x, filter.shape, dy, geometry)),
  };
  if (stride === 1) {
    ways['dX as forward'] = time(() => scratch((keep) => ops.depthwise(dy, keep(ops.flip(filter)), geometry)));
  }
  report(`${size}: ${channels} depthwise, ${kernel}/${stride}`, 2 * BATCH * grid * grid * filter.size, ways);
  tf.dispose([x, filter, dy]);
}

console.log(`TensorFlow ${prepared.tensorflow}, ${prepared.gpu ? 'GPU' : 'CPU'}, batch ${BATCH}; GFLOP/s`);
for (const shape of [
  [192, 3, 64, 7, 2],
  [96, 64, 64, 3, 1],
  [48, 256, 256, 3, 1],
  [24, 256, 256, 3, 1],
  [12, 512, 512, 3, 1],
  [6, 256, 256, 3, 1],
  [3, 256, 256, 3, 1],
  [48, 64, 64, 3, 1],
  [96, 128, 128, 3, 2],
  [96, 64, 256, 1, 1],
  [48, 512, 128, 1, 1],
  [48, 128, 512, 1, 1],
  [96, 256, 512, 1, 2],
]) {
  convolution(...shape);
}
for (const shape of [
  [96, 96, 3, 2],
  [48, 144, 3, 1],
  [24, 240, 5, 1],
  [12, 672, 5, 1],
  [6, 1152, 5, 1],
]) {
  depthwise(...shape);
}
