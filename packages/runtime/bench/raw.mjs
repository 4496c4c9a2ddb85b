import { prepareBackend } from '../dist/index.js';
import { TensorFlowOps } from '../dist/native/ops.js';
import * as tf from '@tensorflow/tfjs-core';
await prepareBackend({ backend: 'tensorflow' });
const ops = new TensorFlowOps(tf.backend());
function time(f, reps = 4) {
  f().dispose();
  let best = Infinity;
  for (let i = 0; i < reps; i++) {
    const t = performance.now();
    f().dispose();
    best = Math.min(best, performance.now() - t);
  }
  return best;
}
const R = (s) => tf.randomNormal(s);
const B = 2;
const reshape = (x, s) => ({ dataId: x.dataId, shape: s, dtype: 'float32' });
function run(h, i, o, k, s) {
  const p = (k - 1) / 2;
  const pad = [p, p, p, p];
  const ho = Math.ceil(h / s);
  const x = R([B, h, h, i]),
    w = R([k, k, i, o]),
    dy = R([B, ho, ho, o]),
    bias = R([o]);
  const g = { strides: [s, s], padding: pad };
  const flop = (2 * B * ho * ho * i * o * k * k) / 1e6;
  const out = {};
  out.fwd = time(() => ops.convolution(x, w, g));
  out.dX = time(() => ops.convolutionInputGradient(x.shape, w, dy, g));
  out.dW = time(() => ops.convolutionFilterGradient(x, w.shape, dy, g));
  const chain = (...fs) => {
    let t = fs[0]();
    for (const f of fs.slice(1)) {
      const n = f(t);
      t.dispose();
      t = n;
    }
    return t;
  };
  if (s === 1 && k > 1)
    out.dXconv = time(() => {
      const f = ops.flip(w),
        t = ops.transpose(f, [0, 1, 3, 2]);
      f.dispose();
      const y = ops.convolution(dy, t, { strides: [1, 1], padding: pad.map((v) => k - 1 - v) });
      t.dispose();
      return y;
    });
  const rx = [B * ho * ho, i],
    ry = [B * ho * ho, o];
  const rs = (t, s) => ops.reshape(t, s);
  if (k === 1 && s === 1) {
    out.mmF = time(() => {
      const a = rs(x, rx),
        b = rs(w, [i, o]);
      const y = ops.matMul(a, b);
      a.dispose();
      b.dispose();
      return y;
    });
    out.mmX = time(() => {
      const a = rs(dy, ry),
        b = rs(w, [i, o]);
      const y = ops.matMul(a, b, false, true);
      a.dispose();
      b.dispose();
      return y;
    });
    out.mmW = time(() => {
      const a = rs(x, rx),
        b = rs(dy, ry);
      const y = ops.matMul(a, b, true, false);
      a.dispose();
      b.dispose();
      return y;
    });
  }
  if (k === 3)
    out.nine = time(() => {
      const xp = ops.pad(x, pad);
      const b = rs(dy, ry);
      const parts = [];
      for (let r = 0; r < 3; r++)
        for (let c = 0; c < 3; c++) {
          const sl0 = ops.slice(xp, [0, r, c, 0], [B, (ho - 1) * s + 1, (ho - 1) * s + 1, i]);
          const sl = s > 1 ? ops.subsample(sl0, [s, s]) : sl0;
          if (s > 1) sl0.dispose();
          const a = rs(sl, rx);
          sl.dispose();
          parts.push(ops.matMul(a, b, true, false));
          a.dispose();
        }
      const y = ops.concat(parts);
      parts.forEach((p) => p.dispose());
      xp.dispose();
      b.dispose();
      return y;
    });
  const ew = {};
  ew.bias = time(() => ops.biasAdd(dy, bias));
  ew.relu = time(() => ops.activation('relu', dy));
  ew.mulw = time(() => ops.multiply(w, bias));
  console.log(
    `${h} ${i}->${o} ${k}/${s} (${flop | 0} MF):`,
    Object.entries(out)
      .map(([n, ms]) => `${n} ${(flop / ms).toFixed(0)}`)
      .join('  '),
    '| ms',
    Object.entries(ew)
      .map(([n, ms]) => `${n} ${ms.toFixed(2)}`)
      .join(' '),
    'fwd',
    out.fwd.toFixed(2),
  );
  tf.dispose([x, w, dy, bias]);
}
function dw(h, c, k, s) {
  const p = (k - 1) / 2;
  const pad = [p, p, p, p];
  const ho = Math.ceil(h / s);
  const x = R([B, h, h, c]),
    w = R([k, k, c, 1]),
    dy = R([B, ho, ho, c]);
  const g = { strides: [s, s], padding: pad };
  const flop = (2 * B * ho * ho * c * k * k) / 1e6;
  const out = {};
  out.fwd = time(() => ops.depthwise(x, w, g));
  out.dX = time(() => ops.depthwiseInputGradient(x.shape, w, dy, g));
  out.dW = time(() => ops.depthwiseFilterGradient(x, w.shape, dy, g));
  if (s === 1)
    out.dXconv = time(() => {
      const f = ops.flip(w);
      const y = ops.depthwise(dy, f, { strides: [1, 1], padding: pad });
      f.dispose();
      return y;
    });
  console.log(
    `dw ${h} ${c} ${k}/${s} (${flop | 0} MF):`,
    Object.entries(out)
      .map(([n, ms]) => `${n} ${(flop / ms).toFixed(1)} (${ms.toFixed(2)} ms)`)
      .join('  '),
  );
  tf.dispose([x, w, dy]);
}
for (const a of [
  [192, 3, 64, 7, 2],
  [96, 64, 64, 3, 1],
  [96, 64, 64, 1, 1],
  [96, 64, 256, 1, 1],
  [96, 256, 64, 1, 1],
  [96, 256, 128, 1, 1],
  [96, 128, 128, 3, 2],
  [96, 256, 512, 1, 2],
  [48, 128, 128, 3, 1],
  [48, 512, 128, 1, 1],
  [48, 128, 512, 1, 1],
  [48, 256, 256, 3, 1],
  [24, 256, 256, 3, 1],
  [24, 1024, 256, 1, 1],
  [24, 256, 256, 3, 2],
  [12, 512, 512, 3, 1],
  [12, 2048, 512, 1, 1],
  [12, 256, 256, 3, 1],
  [6, 256, 256, 3, 1],
  [3, 256, 256, 3, 1],
  [48, 64, 64, 3, 1],
  [24, 64, 64, 3, 1],
  [48, 64, 36, 3, 1],
])
  run(...a);
for (const a of [
  [96, 96, 3, 2],
  [48, 144, 3, 1],
  [48, 144, 5, 2],
  [24, 240, 5, 1],
  [24, 240, 3, 2],
  [12, 480, 3, 1],
  [12, 672, 5, 1],
  [12, 672, 5, 2],
  [6, 1152, 5, 1],
])
  dw(...a);
