/**
 * A run that is killed (SIGKILL: nothing in it can clean up) at any moment and resumed ends with the same weights and
 * rows, to the byte, as one that was not. Needs the packages built (`tsc -b`), as the root's test command does first:
 * the runs are processes of their own.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const tool = fileURLToPath(new URL('../../../tools/reliability/kill.mjs', import.meta.url));

test('killed at six moments and resumed: the same weights and rows, and no checkpoint that is not whole', async () => {
  // half a row; one file of a checkpoint, at the end of the burn-in; after a step; half a removal; an evaluation;
  // before older ones go
  const moments = ['row:1', 'writing:3', 'step:5', 'removing', 'evaluating:8', 'named:9'];
  const { stdout, stderr } = await new Promise<{ stdout: string; stderr: string }>((done) => {
    const options = { env: { ...process.env, NODE_OPTIONS: '' }, timeout: 280_000, killSignal: 'SIGKILL' } as const;
    execFile(process.execPath, [tool, '--moments', moments.join()], options, (_error, stdout, stderr) =>
      done({ stdout, stderr }),
    );
  });
  expect(stderr.split('\n').filter((line) => line.endsWith(': killed'))).toEqual(
    moments.map((moment) => `run 1, ${moment}: killed`),
  );
  expect(JSON.parse(stdout)).toMatchObject({ kills: 6, runs: 1, faults: [] });
}, 300_000);
