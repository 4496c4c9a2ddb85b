/**
 * 3x3 convolutions of stride 1 by Winograd's formulas beside oneDNN's direct ones, by shape: milliseconds of forward
 * pass, input gradient and filter gradient, the fastest of several, and the error of each, as the root mean square over
 * 300 values computed in double, as a share of theirs. The costs in native/kernels/winograd.cc (`WinogradPays`, marked
 * w where it takes Winograd) are fitted to this. On a quiet machine:
 *
 *   npx tsc -b packages/runtime && node packages/runtime/bench/winograd.mjs [threads]
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { prepareBackend } from '../dist/index.js';
import { TensorFlowOps } from '../dist/native/ops.js';

/** Side, input channels, output channels; one image. */
const SHAPES = [
  [96, 64, 64],
  [48, 64, 64],
  [80, 256, 256],
  [48, 256, 256],
  [24, 256, 256],
  [12, 256, 256],
  [48, 128, 128],
  [24, 128, 128],
  [48, 256, 36],
  [24, 512, 512],
  [12, 512, 512],
  [48, 32, 32],
];
const GEOMETRY = { strides: [1, 1], padding: [1, 1, 1, 1] };
const WAYS = { direct: '0', winograd: 'always', chosen: '' };
const REPEATS = 15;
const SAMPLES = 300;

if (process.argv[2] === '--child') await measure();
else compare(process.argv[2] ?? '1');

async function measure() {
  await prepareBackend({ backend: 'tensorflow' });
  const ops = new TensorFlowOps(tf.backend());
  const rows = SHAPES.map(([side, inputs, outputs]) => {
    const random = (seed, shape) => tf.randomNormal(shape, 0, 1, 'float32', seed);
    const [x, filter, dy] = [
      random(1, [1, side, side, inputs]),
      random(2, [3, 3, inputs, outputs]),
      random(3, [1, side, side, outputs]),
    ];
    const bodies = {
      forward: () => ops.ownConvolution(x, filter, ops.nothing, ops.nothing, { ...GEOMETRY, activation: 'none' }),
      input: () => ops.ownConvolutionInputGradient(dy, filter, ops.nothing, x.shape, GEOMETRY),
      filter: () => ops.ownConvolutionFilterGradient(x, dy, filter.shape, GEOMETRY),
    };
    const ms = Object.values(bodies).map(fastest);
    const values = Object.fromEntries(Object.entries({ x, filter, dy }).map(([name, t]) => [name, t.dataSync()]));
    const errors = Object.entries(bodies).map(([part, body]) => {
      const result = body();
      const error = errorOf(part, result.dataSync(), values, side, inputs, outputs);
      result.dispose();
      return error;
    });
    tf.dispose([x, filter, dy]);
    return { ms, errors };
  });
  console.log(JSON.stringify(rows));
}

function fastest(body) {
  let best = Infinity;
  for (let i = 0; i < REPEATS; i++) {
    const begun = performance.now();
    body().dispose();
    if (i > 1) best = Math.min(best, performance.now() - begun);
  }
  return best;
}

/** Against sums in double at every n-th value of the result. */
function errorOf(part, result, { x, filter, dy }, side, inputs, outputs) {
  const at = (values, row, column, channel, channels) =>
    row < 0 || column < 0 || row >= side || column >= side ? 0 : values[(row * side + column) * channels + channel];
  let [square, total] = [0, 0];
  for (let n = 0; n < SAMPLES; n++) {
    const index = Math.floor(((n + 0.5) * result.length) / SAMPLES);
    let sum = 0;
    if (part === 'filter') {
      const [o, i, tap] = [index % outputs, Math.floor(index / outputs) % inputs, Math.floor(index / outputs / inputs)];
      const [r, s] = [Math.floor(tap / 3) - 1, (tap % 3) - 1];
      for (let row = 0; row < side; row++)
        for (let column = 0; column < side; column++)
          sum += at(x, row + r, column + s, i, inputs) * at(dy, row, column, o, outputs);
    } else {
      const [from, many, own] = part === 'forward' ? [x, inputs, outputs] : [dy, outputs, inputs];
      const [channel, column, row] = [index % own, Math.floor(index / own) % side, Math.floor(index / own / side)];
      for (let tap = 0; tap < 9; tap++) {
        const [r, s] = [Math.floor(tap / 3) - 1, (tap % 3) - 1];
        for (let c = 0; c < many; c++) {
          const weight =
            part === 'forward'
              ? filter[(tap * inputs + c) * outputs + channel]
              : filter[((8 - tap) * inputs + channel) * outputs + c];
          sum += at(from, row + r, column + s, c, many) * weight;
        }
      }
    }
    square += (result[index] - sum) ** 2;
    total += sum ** 2;
  }
  return Math.sqrt(square / total);
}

function compare(threads) {
  const found = Object.fromEntries(
    Object.entries(WAYS).map(([name, value]) => {
      const env = { ...process.env, SED_WINOGRAD: value, TF_NUM_INTRAOP_THREADS: threads };
      const out = execFileSync(process.execPath, [fileURLToPath(import.meta.url), '--child'], {
        env,
        encoding: 'utf8',
      });
      return [name, JSON.parse(out)];
    }),
  );
  console.log(`threads: ${threads}; milliseconds by Winograd / directly, and the two errors`);
  SHAPES.forEach(([side, inputs, outputs], i) => {
    const { direct, winograd, chosen } = found;
    const cells = ['forward', 'input gradient', 'filter gradient'].map((title, part) => {
      const [a, b, c] = [winograd, direct, chosen].map((rows) => rows[i].ms[part]);
      const taken = Math.abs(c - a) < Math.abs(c - b) ? 'w' : ' ';
      const errors = [winograd, direct].map((rows) => rows[i].errors[part].toExponential(1)).join(' ');
      return `${title} ${taken} ${a.toFixed(2)} / ${b.toFixed(2)} = ${(a / b).toFixed(2)}  ${errors}`;
    });
    console.log(`${`${side}x${side} ${inputs} to ${outputs}`.padEnd(20)} ${cells.join('   ')}`);
  });
}
