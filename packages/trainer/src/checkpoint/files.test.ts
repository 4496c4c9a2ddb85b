import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkpointSteps, newestCheckpoint, pruneCheckpoints, readCheckpoint, writeCheckpoint } from './files.ts';

const root = () => join(mkdtempSync(join(tmpdir(), 'sed-checkpoint-')), 'checkpoints');
const files = (seed: number) =>
  new Map([['student.safetensors', Uint8Array.from({ length: 1000 }, (_, i) => (i * seed) % 251)]]);

test('what was written is read', () => {
  const at = root();
  const folder = writeCheckpoint(at, 10, files(3), { watch: { zero: 2 } });
  expect(folder).toBe(join(at, 'step-10'));
  const read = readCheckpoint<{ watch: { zero: number } }>(folder);
  expect(read.step).toBe(10);
  expect(read.state).toEqual({ watch: { zero: 2 } });
  expect([...read.files.get('student.safetensors')!]).toEqual([...files(3).get('student.safetensors')!]);
  expect(existsSync(join(at, '.writing-step-10'))).toBe(false);
});

test('the newest whole one wins; each broken one is skipped with a sentence', () => {
  const at = root();
  for (const step of [10, 20, 30, 40, 50]) writeCheckpoint(at, step, files(step), {});
  truncateSync(join(at, 'step-50', 'student.safetensors'), 500);
  const flipped = readFileSync(join(at, 'step-40', 'student.safetensors'));
  flipped[7]! ^= 1;
  writeFileSync(join(at, 'step-40', 'student.safetensors'), flipped);
  rmSync(join(at, 'step-30', 'student.safetensors'));
  appendFileSync(join(at, 'step-20', 'state.json'), '}');
  mkdirSync(join(at, 'step-60')); // no state.json
  mkdirSync(join(at, '.writing-step-70'));
  const log: string[] = [];
  expect(newestCheckpoint(at, (m) => log.push(m))?.step).toBe(10);
  expect(log).toEqual([
    expect.stringMatching(/step 60 is skipped: .*no state.json/),
    expect.stringMatching(/step 50 is skipped: .*500 bytes instead of 1000/),
    expect.stringMatching(/step 40 is skipped: .*SHA-256/),
    expect.stringMatching(/step 30 is skipped: .*missing/),
    expect.stringMatching(/step 20 is skipped: .*damaged/),
  ]);
  rmSync(join(at, 'step-10'), { recursive: true });
  expect(newestCheckpoint(at)).toBeUndefined();
});

test('a step is written again over its broken folder', () => {
  const at = root();
  writeCheckpoint(at, 5, files(1), {});
  writeFileSync(join(at, 'step-5', 'student.safetensors'), 'x');
  writeCheckpoint(at, 5, files(2), { again: true });
  expect(readCheckpoint<{ again: boolean }>(join(at, 'step-5')).state.again).toBe(true);
});

test('the last few and the milestones are kept', () => {
  const at = root();
  for (const step of [1, 2, 3, 4, 5, 6]) writeCheckpoint(at, step, files(step), {});
  mkdirSync(join(at, '.writing-step-7'));
  pruneCheckpoints(at, 2, new Set([1, 6]));
  expect(checkpointSteps(at)).toEqual([1, 4, 5, 6]);
  expect(existsSync(join(at, '.writing-step-7'))).toBe(false);
  expect(checkpointSteps(join(at, 'none'))).toEqual([]);
});
