import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  checkpointSteps,
  newestCheckpoint,
  pruneCheckpoints,
  readCheckpoint,
  restoreReplaced,
  writeCheckpoint,
} from './files.ts';
import { createKeeper, type CheckpointKeeper } from './keeper.ts';

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
});

test('none that is whole is an error that names each, none at all is not', () => {
  const at = root();
  expect(newestCheckpoint(at)).toBeUndefined();
  for (const step of [10, 20]) writeCheckpoint(at, step, files(step), {});
  truncateSync(join(at, 'step-10', 'student.safetensors'), 500);
  rmSync(join(at, 'step-20', 'state.json'));
  expect(() => newestCheckpoint(at)).toThrow(
    /has 2 checkpoints, but none that is whole:\n.*step-20 has no state\.json.*\n.*step-10.*500 bytes[^]*from a copy/,
  );
});

test('one that is kept from being read is no reason to take an older one', () => {
  const at = root();
  for (const step of [10, 20]) writeCheckpoint(at, step, files(step), {});
  // a name that leads to itself: as with permissions, which a superuser would not feel, what is there cannot be told
  rmSync(join(at, 'step-20', 'state.json'));
  symlinkSync('state.json', join(at, 'step-20', 'state.json'));
  expect(() => newestCheckpoint(at)).toThrow(/step-20 cannot be read: .*\. Mend that .*move it out of/);
});

test('each flipped bit of state.json is noticed', () => {
  const at = root();
  const path = join(writeCheckpoint(at, 27, files(3), { seconds: 1.5, words: 'Größe' }), 'state.json');
  const whole = readFileSync(path);
  const unnoticed: number[] = [];
  for (let bit = 0; bit < 8 * whole.length; bit++) {
    const flipped = Buffer.from(whole);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    writeFileSync(path, flipped);
    try {
      readCheckpoint(join(at, 'step-27'));
      unnoticed.push(bit);
    } catch (error) {
      expect((error as Error).name).toBe('DamagedError');
    }
  }
  expect(unnoticed).toEqual([]);
  for (let length = 0; length < whole.length; length++) {
    writeFileSync(path, whole.subarray(0, length));
    expect(() => readCheckpoint(join(at, 'step-27'))).toThrow(/state\.json/);
  }
});

test('a state.json of an earlier version has no sum and is read; its step must be its folder’s', () => {
  const at = root();
  const folder = writeCheckpoint(at, 5, files(1), { seed: 1 });
  const { sha256, ...rest } = JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8')) as Record<string, unknown>;
  expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  const write = (changes: object) =>
    writeFileSync(join(folder, 'state.json'), `${JSON.stringify({ ...rest, format: 1, ...changes }, null, 2)}\n`);
  write({});
  expect(readCheckpoint(folder)).toMatchObject({ step: 5, state: { seed: 1 } });
  for (const [changes, message] of [
    [{ step: 7 }, /is of step 7, its folder of step 5/],
    [{ step: 'five' }, /"step" is not a number/],
    [{ state: undefined }, /"state" is not an object/],
    [{ files: null }, /"files" is not an object/],
    [{ files: { '../../secret': { bytes: 1, sha256: '' } } }, /"files" is not of plain names: "..\/..\/secret"/],
    [{ files: { 'a.bin': 'x' } }, /"files\.a\.bin"/],
    [{ format: 4 }, /has the format 4; this version reads 1, 2, 3$/],
    [{ format: { toString: 1 } }, /has the format \{/],
  ] as const) {
    write(changes);
    expect(() => readCheckpoint(folder)).toThrow(message);
  }
  for (const text of ['null', '[]', '"x"', '7', '']) {
    writeFileSync(join(folder, 'state.json'), text);
    expect(() => readCheckpoint(folder)).toThrow(/state\.json/);
  }
});

test('without a state, an older checkpoint is gone on from', () => {
  const at = root();
  for (const step of [1, 2]) writeCheckpoint(at, step, files(step), {});
  writeFileSync(join(at, 'step-2', 'state.json'), JSON.stringify({ format: 1, step: 2, files: {} }));
  const log: string[] = [];
  expect(newestCheckpoint(at, (m) => log.push(m))?.step).toBe(1);
  expect(log).toEqual([expect.stringMatching(/step 2 is skipped: .*"state"/)]);
});

test('a replacement that did not come to its end is undone', () => {
  const at = root();
  writeCheckpoint(at, 5, files(1), { first: true });
  renameSync(join(at, 'step-5'), join(at, '.replaced-step-5')); // killed between the two renames
  mkdirSync(join(at, '.writing-step-5'));
  restoreReplaced(at);
  expect(newestCheckpoint<{ first: boolean }>(at)?.state.first).toBe(true);
  cpSync(join(at, 'step-5'), join(at, '.replaced-step-5'), { recursive: true }); // killed after them
  restoreReplaced(at);
  pruneCheckpoints(at, 5, { keep: 1, always: new Set() });
  expect(readdirSync(at)).toEqual(['step-5']);
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
  for (const leftover of ['.writing-step-7', '.removing-step-3']) mkdirSync(join(at, leftover));
  pruneCheckpoints(at, 6, { keep: 2, always: new Set([1, 6]) });
  expect(readdirSync(at).sort()).toEqual(['step-1', 'step-4', 'step-5', 'step-6']);
  expect(checkpointSteps(join(at, 'none'))).toEqual([]);
});

test('whole checkpoints of later steps stay and do not count: a run from an earlier one has not come to them', () => {
  const at = root();
  for (const step of [1, 2, 3, 4, 5]) writeCheckpoint(at, step, files(step), {});
  pruneCheckpoints(at, 3, { keep: 2, always: new Set() });
  expect(checkpointSteps(at)).toEqual([2, 3, 4, 5]);
});

test('broken checkpoints do not count among the last few, and the one just written stays', () => {
  const at = root();
  for (const step of [18, 21, 24, 30, 40]) writeCheckpoint(at, step, files(step), {});
  for (const step of [30, 40, 24]) truncateSync(join(at, `step-${step}`, 'student.safetensors'), 500);
  writeCheckpoint(at, 27, files(27), {});
  pruneCheckpoints(at, 27, { keep: 2, always: new Set() });
  expect(checkpointSteps(at)).toEqual([21, 24, 27, 30, 40]);
  rmSync(join(at, 'step-30'), { recursive: true });
  rmSync(join(at, 'step-40'), { recursive: true });
  expect(newestCheckpoint(at)?.step).toBe(27);
  pruneCheckpoints(at, 27, { keep: 1, always: new Set() });
  expect(checkpointSteps(at)).toEqual([27]);
});

test('a keeper removes older checkpoints; where it cannot, it says so and the new one is there', () => {
  const at = root();
  for (const step of [1, 2]) writeCheckpoint(at, step, files(step), {});
  const said: string[] = [];
  const saveWith = (keeper: CheckpointKeeper, step: number) =>
    keeper.save(step, files(step), {}, new Set(), (reason) => said.push(reason));
  saveWith(createKeeper(at, 2), 3);
  expect([checkpointSteps(at), said]).toEqual([[2, 3], []]);
  const refused = () => {
    throw new Error('EBUSY: resource busy');
  };
  expect(saveWith(createKeeper(at, 2, refused), 4)).toBe(join(at, 'step-4'));
  expect(said).toEqual([expect.stringMatching(/^Older checkpoints in .* could not be removed: EBUSY/)]);
  expect(newestCheckpoint(at)?.step).toBe(4);
});
