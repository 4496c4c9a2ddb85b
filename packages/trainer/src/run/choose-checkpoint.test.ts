import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeCheckpoint } from '../checkpoint/files.ts';
import { tinyConfig } from '../testing/made-up.ts';
import type { Best } from './best.ts';
import { chooseCheckpoint, type CheckpointChoice } from './choose-checkpoint.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sed-choose-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (step: number, models: readonly string[], best?: Best['models']) =>
  writeCheckpoint(
    join(folder, 'checkpoints'),
    step,
    new Map(models.map((m) => [`${m}.safetensors`, new Uint8Array(16)])),
    { step, ...(best ? { best: { metric: 'AP', models: best } } : {}) },
  );
function choose(checkpoint: CheckpointChoice, model?: string, config = tinyConfig(folder)) {
  const said: string[] = [];
  const { stored, why, ...rest } = chooseCheckpoint(folder, config, { model, checkpoint, log: (m) => said.push(m) });
  return { step: stored.step, model: rest.model, why, said };
}
const both = ['student', 'teacher'] as const;

test('the best step of the better model, of a model that is named its own', () => {
  write(100, both);
  write(200, both);
  write(300, both, { student: { step: 100, value: 0.104 }, teacher: { step: 200, value: 0.048 } });
  expect(choose('best')).toMatchObject({ step: 100, model: 'student', why: 'the best AP on validation: 10.4' });
  expect(choose('best', 'teacher')).toMatchObject({
    step: 200,
    model: 'teacher',
    why: 'the best AP on validation: 4.8',
  });
  expect(choose('last')).toMatchObject({ step: 300, model: 'teacher', why: 'the newest checkpoint' });
  expect(choose(100)).toMatchObject({ step: 100, model: 'teacher', why: 'as asked for' });
  expect(() => choose(150)).toThrow(/no checkpoint of step 150 in .*; there are those of the steps 100, 200, 300\./);
});

test('of equal values the teacher', () => {
  write(100, both, { student: { step: 100, value: 0.1 }, teacher: { step: 100, value: 0.1 } });
  expect(choose('best').model).toBe('teacher');
});

test('without a best the newest is taken, and why is said', () => {
  write(100, ['student']);
  expect(choose('best')).toMatchObject({
    step: 100,
    model: 'student',
    why: 'the newest checkpoint: no evaluation has found an AP above 0 yet',
  });
  expect(choose('best', undefined, tinyConfig(folder, { checkpoints: { best: null } })).why).toMatch(
    /"checkpoints.best" is null/,
  );
  write(200, both, { student: { step: 100, value: 0.1 } });
  expect(choose('best', 'teacher')).toMatchObject({
    step: 200,
    why: 'the newest checkpoint: no best of the teacher is known',
  });
});

test('a best that is damaged is said to be, and the newest taken', () => {
  const best = write(100, both);
  write(200, both, { teacher: { step: 100, value: 0.3 } });
  appendFileSync(join(best, 'teacher.safetensors'), 'x');
  const { step, why, said } = choose('best');
  expect({ step, why }).toEqual({ step: 200, why: 'the newest checkpoint: the best cannot be read' });
  expect(said.join()).toMatch(/The best checkpoint, of step 100, cannot be used: .*17 bytes instead of 16/);
});
