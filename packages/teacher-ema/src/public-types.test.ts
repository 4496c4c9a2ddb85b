/**
 * What compiles and what must not; each `@ts-expect-error` is checked by the compiler, and the call fails at run time
 * as well.
 */
import * as tf from '@tensorflow/tfjs';
import { onEveryBackend } from '@sed/testing';
import { alphaAt, createTeacher, disposeTeacher, updateTeacher } from './index.ts';
import type { AlphaSchedule, NamedTensors } from './index.ts';

onEveryBackend('types of the teacher', () => {
  test('weights are maps of any tensors, the teacher one of variables', () => {
    const student: Map<string, tf.Variable> = new Map([['w', tf.tidy(() => tf.variable(tf.scalar(1)))]]);
    const weights: NamedTensors = student;
    const teacher: Map<string, tf.Variable> = createTeacher(weights);
    updateTeacher(teacher, student, 0.5, { buffers: new Set(['w']) });
    updateTeacher(teacher, new Map([['w', teacher.get('w')!]]), 0.5, {});
    // @ts-expect-error weights are no plain object
    expect(() => createTeacher({ w: student.get('w')! })).toThrow(/it must be a Map/);
    // @ts-expect-error names are a set, no list
    expect(() => updateTeacher(teacher, student, 0.5, { trainable: ['w'] })).toThrow(/it must be a Set/);
    // @ts-expect-error a field that is none
    expect(() => updateTeacher(teacher, student, 0.5, { buffer: new Set(['w']) })).toThrow(/did you mean 'buffers'/);
    // @ts-expect-error α is missing
    expect(() => updateTeacher(teacher, student)).toThrow(/alpha is undefined/);
    disposeTeacher(teacher);
    tf.dispose([...student.values()]);
  });
});

test('a schedule has the fields of its kind', () => {
  const schedules: AlphaSchedule[] = [
    { kind: 'constant', value: 0.95 },
    { kind: 'step', start: 0.99, end: 0.9, at: 800 },
    { kind: 'cosine', start: 0.996, end: 0.9 },
  ];
  expect(schedules.map((schedule): number => alphaAt(schedule, 0, 10))).toEqual([0.95, 0.99, 0.996]);
  // @ts-expect-error a step needs `at`
  expect(() => alphaAt({ kind: 'step', start: 0.99, end: 0.9 }, 0, 10)).toThrow(/schedule\.at is undefined/);
  // @ts-expect-error a cosine has no `at`
  expect(() => alphaAt({ kind: 'cosine', start: 0.99, end: 0.9, at: 3 }, 0, 10)).toThrow(/schedule\.at/);
  // @ts-expect-error no such kind
  expect(() => alphaAt({ kind: 'linear', start: 0.99, end: 0.9 }, 0, 10)).toThrow(/schedule\.kind is 'linear'/);
});
