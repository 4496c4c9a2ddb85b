/**
 * A minute of tools/fuzz with a fixed seed: mutated files of every kind are read or refused by an error of ours, in
 * time and within memory. Needs the packages built (`tsc -b`), as the root's test command does first.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const RUN = fileURLToPath(new URL('../../../tools/fuzz/run.mjs', import.meta.url));

interface Ran {
  readonly code: number;
  readonly text: string;
}

function fuzz(...args: string[]): Promise<Ran> {
  const out = mkdtempSync(join(tmpdir(), 'sed-fuzz-out-'));
  return new Promise((resolve) => {
    const options = { timeout: 280_000, killSignal: 'SIGKILL' } as const;
    execFile(process.execPath, [RUN, '--out', out, ...args], options, (error, stdout, stderr) => {
      rmSync(out, { recursive: true, force: true });
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), text: stdout + stderr });
    });
  });
}

test('no reader hangs, takes all memory or throws what is not ours', async () => {
  const { code, text } = await fuzz('--seconds', '60', '--seed', '1');
  // the text has the command that makes a failure again
  expect(text).toMatch(/^coco: \d+ files.*0 failed/m);
  expect([code, text]).toEqual([0, text]);
  expect(text.match(/: \d+ files, \d+ read, \d+ refused, 0 failed/g)).toHaveLength(8);
}, 300_000);

test('a target that is not there is told', async () => {
  expect(await fuzz('--target', 'tar')).toEqual({
    code: 2,
    text: 'No target tar; there are coco, detections, config, voc, yolo, safetensors, torch, images.\n',
  });
});
