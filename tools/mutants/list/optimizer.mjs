/** SGD, clipping, gradients. */
const SGD = 'packages/trainer/src/optimizer/sgd.ts';
const PORTABLE = 'packages/tensor-ops/src/update/portable.ts';
const GRADIENTS = 'packages/trainer/src/methods/gradients.ts';
const sgd = [['trainer', 'optimizer/sgd']];
const update = [['tensor-ops', 'update/update']];

export const optimizer = [
  {
    name: 'clip-relative-to-nothing',
    file: SGD,
    find: 'Math.min(1, limit / (norm + 1e-6))',
    replace: 'limit / (norm + 1e-6)',
    why: 'Small gradients are enlarged to the limit.',
    tests: sgd,
  },
  {
    name: 'clip-never',
    file: SGD,
    find: 'return limit === null ? 1 : Math.min(1, limit / (norm + 1e-6));',
    replace: 'return limit === null || norm > 0 ? 1 : Math.min(1, limit / (norm + 1e-6));',
    why: 'Nothing is clipped.',
    tests: sgd,
  },
  {
    name: 'norm-of-first-term',
    file: SGD,
    find: 'squaredNorm(terms.map((term) => term.flat()))',
    replace: 'squaredNorm(terms.slice(0, 1).map((term) => term.flat()))',
    why: 'The norm that decides about clipping is that of the gradients before the last part is added.',
    tests: [['integration', 'whole-step', 'wasm.*retinanet']],
  },
  {
    name: 'momentum-not-kept',
    file: SGD,
    find: 'if (momentum > 0) velocity[at] = next.velocities.map((v) => tf.keep(v));\n    else tf.dispose(next.velocities);',
    replace: 'velocity[at] = [];\n    tf.dispose(next.velocities);',
    why: 'The momentum starts anew in every step.',
    tests: sgd,
  },
  {
    name: 'momentum-not-restored',
    file: SGD,
    find: 'velocity = buckets.map(({ names }) => (momentum > 0 ? pack(names.map((name) => state.get(name)!)) : []));',
    replace: 'velocity = buckets.map(() => []);',
    why: 'A resumed run starts without momentum.',
    tests: [...sgd, ['trainer', 'run/resume']],
  },
  {
    name: 'decay-added-after-momentum',
    file: PORTABLE,
    find: 'tf.sub(w, tf.mul(v, lr))',
    replace: 'tf.sub(tf.sub(w, tf.mul(v, lr)), tf.mul(w, lr * weightDecay))',
    why: 'The weights decay twice.',
    tests: update,
  },
  {
    name: 'decay-scaled-with-clip',
    file: PORTABLE,
    find: 'if (scale !== 1) g = tf.mul(g, scale);\n  if (weightDecay > 0) g = tf.add(g, tf.mul(w, weightDecay));',
    replace: 'if (weightDecay > 0) g = tf.add(g, tf.mul(w, weightDecay));\n  if (scale !== 1) g = tf.mul(g, scale);',
    why: 'Clipping shrinks the decay of the weights too.',
    tests: update,
  },
  {
    name: 'gradient-unweighted',
    file: GRADIENTS,
    find: 'tf.mul(l.value, l.weight)',
    replace: 'tf.mul(l.value, 1)',
    why: 'The losses are added without their weights.',
    tests: [['integration', 'whole-step', 'wasm.*retinanet']],
  },
];
