import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeCheckpoint } from '../checkpoint/files.ts';
import { tinyConfig } from '../testing/made-up.ts';
import { loadRun } from './load-run.ts';
import { OldRunError } from './old-run-error.ts';

test('a run of a version that did not write the classes is refused with what to do', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sed-load-run-'));
  try {
    writeFileSync(join(folder, 'config.json'), JSON.stringify(tinyConfig(folder, {})));
    const files = new Map([['student.safetensors', new Uint8Array(8)]]);
    const checkpoint = writeCheckpoint(join(folder, 'checkpoints'), 3, files, { step: 3 });
    expect(() => loadRun(folder)).toThrow(`${join(checkpoint, 'state.json')} names no "categories"`);
    expect(() => loadRun(folder)).toThrow(/Resume the run with this version, which writes them/);
    expect(() => loadRun(folder)).toThrow(OldRunError);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
