/**
 * Four steps of the real loop against PyTorch (tools/golden/whole_step.py): what the parts' own goldens cannot see,
 * that is how a step is put together. Only the public API and the files of a run's folder are used.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromTfjs, readSafetensors, writeSafetensors, type StateDict } from '@sed/detectors/weights';
import { expectClose, expectSample, hashedParameters, onEveryBackend, type Sample } from '@sed/testing';
import type { SedConfig } from '@sed/methods';
import { createDetector, parseConfig, readMetrics, train, type RunConfig, type TrainRow } from '@sed/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { CLASSES, wholeStepConfig, writeWholeStepData, type WholeStepRun } from './testing/whole-step-runs.ts';

/** What a checkpoint holds, in torch's names and layouts. */
const FILES = {
  student: 'student.safetensors',
  teacher: 'teacher.safetensors',
  momentum: 'student.optimizer.safetensors',
} as const;
type Kept = keyof typeof FILES;

type Row = Pick<TrainRow, 'losses' | 'total' | 'lr' | 'alpha' | 'gradientNorm'> & {
  readonly histogram?: readonly number[];
  readonly teacherMaxScore?: number;
};
interface Golden {
  readonly steps: readonly Row[];
  /**
   * By trained parameter: how far student and teacher have moved from the start after the last step, and the momentum.
   */
  readonly changes: Readonly<Record<string, Readonly<Record<Kept, Sample>>>>;
}
const golden = JSON.parse(readFileSync(new URL('./fixtures/whole-step.json', import.meta.url), 'utf8')) as Record<
  WholeStepRun,
  Golden
>;

/**
 * Torch in float32 is off by 0.1 % of a tensor's largest change from torch in float64, and by 1e-6 of a loss
 * (`whole_step.py --check`).
 */
const CHANGES = 5e-3;
const LOSSES = 5e-5;

const folder = mkdtempSync(join(tmpdir(), 'sed-whole-step-'));
writeWholeStepData(folder);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Hashed weights as a file to start from. */
function writeWeights(config: RunConfig, file: string): void {
  const { parameters } = createDetector(config, CLASSES.length);
  const weights = hashedParameters(parameters);
  writeFileSync(file, writeSafetensors(fromTfjs(weights, parameters)));
  tf.dispose([...weights.values()]);
}

/** Compared as bytes: jest takes a microsecond a value, of which there are eleven million. */
const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) => Buffer.from(buffer, byteOffset, byteLength);
const read = (file: string): StateDict => readSafetensors(readFileSync(file), file).tensors;

onEveryBackend(
  'four steps of the loop',
  (backend) => {
    test.each<WholeStepRun>(['retinanet', 'faster-rcnn'])(
      'of a %s are those of PyTorch',
      async (run) => {
        const out = join(folder, `${run}-${backend}`);
        mkdirSync(out);
        const start = join(folder, `${run}-${backend}.safetensors`);
        writeWeights(parseConfig(wholeStepConfig(run, folder, null)), start);
        const config = parseConfig(wholeStepConfig(run, folder, start));
        const tensors = tf.memory().numTensors;
        await train(config, { out });
        expect(tf.memory().numTensors).toBe(tensors);

        const { steps, changes } = golden[run];
        const rows = readMetrics(join(out, 'metrics.jsonl')).filter((row): row is TrainRow => row.kind === 'train');
        expect(rows.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
        rows.forEach((row, i) => expectRow(row, steps[i]!));

        const before = read(start);
        const file = (step: number, kept: Kept) => join(out, `checkpoints/step-${step}`, FILES[kept]);
        const [student, teacher] = (['student', 'teacher'] as const).map((kept) =>
          readFileSync(file((config.method as SedConfig).burnIn, kept)),
        );
        expect(teacher!.equals(student!)).toBe(true);
        for (const kept of ['student', 'teacher', 'momentum'] as const) {
          const after = read(file(config.iterations, kept));
          expect([...after.keys()].sort()).toEqual(
            [...(kept === 'momentum' ? Object.keys(changes) : before.keys())].sort(),
          );
          for (const [name, { data }] of after) {
            const expected = changes[name]?.[kept];
            const from = before.get(name)!.data as Float32Array;
            if (expected === undefined) expect(bytesOf(data as Float32Array).equals(bytesOf(from))).toBe(true);
            else {
              const moved = Array.from(data as Float32Array, (v, i) => (kept === 'momentum' ? v : v - from[i]!));
              expectSample(`${kept} ${name}`, moved, expected, CHANGES);
            }
          }
        }
      },
      120_000,
    );
  },
  ['wasm', 'tensorflow'],
);

function expectRow(row: Row, expected: Row): void {
  expect(Object.keys(row.losses).sort()).toEqual(Object.keys(expected.losses).sort());
  for (const [name, loss] of Object.entries(expected.losses))
    expectClose([row.losses[name]!], [loss], { relative: LOSSES, absolute: 0 });
  const numbers = ({ total, lr, gradientNorm, teacherMaxScore = 0 }: Row) => [total, lr, gradientNorm, teacherMaxScore];
  expectClose(numbers(row), numbers(expected), { relative: LOSSES, absolute: 0 });
  expect(row.alpha).toBe(expected.alpha);
  expect(row.histogram).toEqual(expected.histogram);
}
