/** The mean teacher. */
const TEACHER = 'packages/teacher-ema/src/teacher.ts';
const PORTABLE = 'packages/tensor-ops/src/update/update-kernels.ts';
const NETWORKS = 'packages/methods/src/networks.ts';
const teacher = [['teacher-ema', 'teacher']];
const networks = [['methods', 'networks']];

export const average = [
  {
    name: 'teacher-shares-weights',
    file: TEACHER,
    find: 'tidy(() => variable(value.clone(), false))',
    replace: 'value as Variable',
    why: 'The teacher is the student and not a copy of it.',
    tests: teacher,
  },
  {
    name: 'teacher-trainable',
    file: TEACHER,
    find: 'variable(value.clone(), false)',
    replace: 'variable(value.clone(), true)',
    why: 'An optimizer finds the weights of the teacher.',
    tests: teacher,
  },
  {
    name: 'average-of-buffers',
    file: TEACHER,
    find: 'if (buffers?.has(name) || ',
    replace: 'if (',
    why: 'Statistics are averaged and not copied.',
    tests: teacher,
  },
  {
    name: 'average-of-all',
    file: TEACHER,
    find: 'else if (!trainable || trainable.has(name))',
    replace: 'else',
    why: 'Weights that are not trained are rewritten in every step.',
    tests: teacher,
  },
  {
    name: 'average-swapped',
    file: PORTABLE,
    find: 'tf.add(tf.mul(target, alpha), tf.mul(sources[i]!, 1 - alpha))',
    replace: 'tf.add(tf.mul(target, 1 - alpha), tf.mul(sources[i]!, alpha))',
    why: 'α weighs the student.',
    tests: [['tensor-ops', 'update/update', undefined, 'cpu']],
  },
  {
    name: 'average-a-step-late',
    file: NETWORKS,
    find: 'step < plan.from) continue;',
    replace: 'step <= plan.from) continue;',
    why: 'The first step after the burn-in does not move the teacher.',
    tests: networks,
  },
  {
    name: 'average-starts-again',
    file: NETWORKS,
    find: ' || networks.has(name) || ',
    replace: ' || (networks.has(name) && finishedSteps !== startOf(plan) + 1) || ',
    why: 'The teacher starts again as a copy, one step after the end of the burn-in.',
    tests: networks,
  },
  {
    name: 'network-starts-late',
    file: NETWORKS,
    find: 'startOf(plan) > finishedSteps) continue;',
    replace: 'startOf(plan) >= finishedSteps) continue;',
    why: 'A network starts a step after its time.',
    tests: networks,
  },
  {
    name: 'network-copies-first',
    file: NETWORKS,
    find: 'derivedNetwork(plan.role, networks.get(plan.of)!.parameters)',
    replace: 'derivedNetwork(plan.role, [...networks.values()][0]!.parameters)',
    why: 'Every network starts as a copy of the first one, and not of the one that its plan names.',
    tests: [['methods', 'step/compute']],
  },
];
