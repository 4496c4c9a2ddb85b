/** Eq 4 against torch (tools/golden/ema.py), and what must not happen to the weights. */
import * as tf from '@tensorflow/tfjs';
import { expectClose, expectNoLeak, onEveryBackend } from '@sed/testing';
import { readFileSync } from 'node:fs';
import { createTeacher, disposeTeacher, updateTeacher } from './index.ts';

type State = Record<string, { shape: number[]; data: number[] }>;
const golden = JSON.parse(readFileSync(new URL('./fixtures/ema.json', import.meta.url), 'utf8')) as {
  start: State;
  updates: { alpha: number; student: State; teacher: State }[];
};
const BUFFERS = new Set(['1.running_mean', '1.running_var', '1.num_batches_tracked']);
const dtypeOf = (name: string): tf.DataType => (name.endsWith('num_batches_tracked') ? 'int32' : 'float32');
const value = (name: string, { shape, data }: State[string]): tf.Tensor => tf.tensor(data, shape, dtypeOf(name));

const makeStudent = (state: State): Map<string, tf.Variable> =>
  new Map(Object.entries(state).map(([name, weight]) => [name, tf.tidy(() => tf.variable(value(name, weight)))]));

onEveryBackend('the mean teacher', () => {
  test('follows torch over six updates, buffers copied', () => {
    const student = makeStudent(golden.start);
    const teacher = createTeacher(student);
    for (const update of golden.updates) {
      for (const [name, weight] of student) tf.tidy(() => weight.assign(value(name, update.student[name]!)));
      expectNoLeak(() => updateTeacher(teacher, student, update.alpha, { buffers: BUFFERS }), 0);
      for (const [name, weight] of teacher) expectClose(weight.dataSync(), update.teacher[name]!.data);
    }
    disposeTeacher(teacher);
    tf.dispose([...student.values()]);
  });

  test('starts as a copy that the student leaves behind', () => {
    const student = makeStudent(golden.start);
    const teacher = expectNoLeak(() => createTeacher(student), student.size);
    expect([...teacher.keys()]).toEqual([...student.keys()]);
    student.get('0.weight')!.assign(tf.tidy(() => tf.zerosLike(student.get('0.weight')!)));
    expectClose(teacher.get('0.weight')!.dataSync(), golden.start['0.weight']!.data);
    tf.dispose([...student.values()]);
    expectClose(teacher.get('0.bias')!.dataSync(), golden.start['0.bias']!.data); // it owns its weights
    const before = tf.memory().numTensors;
    disposeTeacher(teacher);
    expect(before - tf.memory().numTensors).toBe(teacher.size);
  });

  test('no optimizer finds it', () => {
    const student = new Map([['w', tf.variable(tf.scalar(2))]]);
    const teacher = createTeacher(student);
    const { grads } = tf.variableGrads(() => tf.mul<tf.Scalar>(student.get('w')!, teacher.get('w')!));
    expect(Object.keys(grads)).toEqual([student.get('w')!.name]);
    disposeTeacher(teacher);
    tf.dispose(student.get('w')!);
  });

  test('weights that are not trained stay, and are still the student’s', () => {
    const student = makeStudent(golden.start);
    const teacher = createTeacher(student);
    const untouched = teacher.get('0.weight')!.dataId;
    student.get('0.bias')!.assign(tf.tensor1d([1, 2, 3]));
    updateTeacher(teacher, student, 0.5, { buffers: BUFFERS, trainable: new Set(['0.bias']) });
    expect(teacher.get('0.weight')!.dataId).toBe(untouched);
    expectClose(
      teacher.get('0.bias')!.dataSync(),
      golden.start['0.bias']!.data.map((b, i) => (b + i + 1) / 2),
    );
    disposeTeacher(teacher);
    tf.dispose([...student.values()]);
  });

  test('names and shapes that do not agree are named, and nothing has moved', () => {
    const student = makeStudent(golden.start);
    const teacher = createTeacher(student);
    const { '0.bias': _, ...rest } = golden.start;
    const before = teacher.get('0.weight')!.dataId;
    const fewer = makeStudent(rest);
    expect(() => updateTeacher(teacher, fewer, 0.9)).toThrow(/the student has no '0\.bias'/);
    expect(() => updateTeacher(createTeacher(fewer), student, 0.9)).toThrow(
      /the teacher has no '0\.bias'.*createTeacher/,
    );
    const other = makeStudent({ ...golden.start, '0.bias': { shape: [4], data: [1, 2, 3, 4] } });
    expect(() => updateTeacher(teacher, other, 0.9)).toThrow(
      /'0\.bias' is float32 \[3\] in the teacher and float32 \[4\]/,
    );
    expect(() => updateTeacher(teacher, student, 0.9, { buffers: new Set(['0.biases']) })).toThrow(
      /options\.buffers names '0\.biases'/,
    );
    expect(() => updateTeacher(teacher, student, 1.5)).toThrow(/alpha is 1\.5/);
    expect(() => updateTeacher(teacher, student, '0.9' as never)).toThrow(/^updateTeacher: alpha is '0\.9'/);
    expect(() => updateTeacher(teacher, student, 0.9, { bufers: BUFFERS } as never)).toThrow(
      /options\.bufers is not an option; did you mean 'buffers'\?/,
    );
    expect(() => updateTeacher(teacher, student, 0.9, { buffers: [...BUFFERS] as never })).toThrow(
      /options\.buffers is a list of 3; it must be a Set of names/,
    );
    expect(() => updateTeacher(teacher, Object.fromEntries(student) as never, 0.9)).toThrow(
      /student is \{ .* \}; it must be a Map/,
    );
    expect(teacher.get('0.weight')!.dataId).toBe(before);
    const gone = new Map([['w', tf.scalar(1)]]);
    gone.get('w')!.dispose();
    expect(() => createTeacher(gone)).toThrow(/'w' is disposed/);
    expect(() => createTeacher(new Map([['w', 3]]) as never)).toThrow(/'w' of the student is 3; it must be a tensor/);
  });
});
