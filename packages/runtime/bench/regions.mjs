/**
 * What the second stage of Faster R-CNN is made of, on a backend: RoIAlign of 1000 regions with its gradient, and the
 * products of the fully connected layer of 12544 to 1024. Wall and processor milliseconds, the least of a few runs.
 * `npx tsc -b packages/runtime && node packages/runtime/bench/regions.mjs [tensorflow|wasm]`
 */
import * as tf from '@tensorflow/tfjs-core';
import { assignRoiLevels, randomStream } from '@sed/geometry';
import { roiAlign, convolution } from '@sed/tensor-ops';
import { prepareBackend } from '../dist/index.js';

const backend = process.argv[2] ?? 'tensorflow';
const rows = Number(process.argv[3] ?? 1000);
console.log(await prepareBackend({ backend }));

function time(title, flops, body) {
  tf.dispose(body());
  let [wall, busy] = [Infinity, Infinity];
  for (let i = 0; i < 4; i++) {
    const cpu = process.cpuUsage();
    const begun = performance.now();
    const result = body();
    (Array.isArray(result) ? result : [result]).forEach((t) => t.dataSync().length);
    tf.dispose(result);
    wall = Math.min(wall, performance.now() - begun);
    const { user, system } = process.cpuUsage(cpu);
    busy = Math.min(busy, (user + system) / 1000);
  }
  const speed = flops
    ? `, ${(flops / 1e6 / wall).toFixed(0)} GFLOP/s, ${((2 * flops) / 1e6 / busy).toFixed(0)} by processor time`
    : '';
  console.log(`${title.padEnd(34)} ${wall.toFixed(1)} ms, processor ${busy.toFixed(1)} ms${speed}`);
}

const random = randomStream(1, 'regions');
const boxes = Float32Array.from(
  Array.from({ length: rows }, () => {
    const [w, h] = [Math.exp(random.uniform(2.5, 5.5)), Math.exp(random.uniform(2.5, 5.5))];
    const [x, y] = [random.uniform(0, Math.max(1, 384 - w)), random.uniform(0, Math.max(1, 384 - h))];
    return [x, y, Math.min(384, x + w), Math.min(384, y + h)];
  }).flat(),
);
const regions = { boxes, images: new Int32Array(rows) };
const levels = assignRoiLevels(boxes);
const features = [96, 48, 24, 12].map((side) => tf.randomUniform([1, side, side, 256]));
for (const samplingRatio of [2, 0]) {
  const options = { scales: [1 / 4, 1 / 8, 1 / 16, 1 / 32], outputSize: [7, 7], samplingRatio };
  const pool = (...xs) => roiAlign(xs, regions, options, levels);
  time(`RoIAlign, ratio ${samplingRatio}`, 0, () => pool(...features));
  const dy = tf.randomUniform([rows, 7, 7, 256]);
  time(`RoIAlign and gradient, ratio ${samplingRatio}`, 0, () => tf.grads(pool)(features, dy));
  dy.dispose();
}

const [inputs, outputs] = [12544, 1024];
const x = tf.randomUniform([rows, inputs]);
const weight = tf.randomUniform([inputs, outputs]);
const bias = tf.randomUniform([outputs]);
const dy = tf.randomUniform([rows, outputs]);
const flops = 2 * rows * inputs * outputs;
time('x w', flops, () => tf.matMul(x, weight));
time('dy wT', flops, () => tf.matMul(dy, weight, false, true));
time('xT dy', flops, () => tf.matMul(x, dy, true, false));
const [image, filter] = [x.reshape([1, rows, 1, inputs]), weight.reshape([1, 1, inputs, outputs])];
const layer = (a, w) => convolution(a, w, { bias, activation: 'relu' });
time('as a 1x1 convolution', flops, () => layer(image, filter));
const gradient = dy.reshape([1, rows, 1, outputs]);
time('and its input gradient', 2 * flops, () => tf.grad((a) => layer(a, filter))(image, gradient));
time('and its filter gradient', 2 * flops, () => tf.grad((w) => layer(image, w))(filter, gradient));
