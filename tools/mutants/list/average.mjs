/** The mean teacher. */
const TEACHER = 'packages/teacher-ema/src/teacher.ts';
const PORTABLE = 'packages/tensor-ops/src/update/portable.ts';
const teacher = [['teacher-ema', 'teacher']];

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
    tests: [['tensor-ops', 'update/update']],
  },
];
