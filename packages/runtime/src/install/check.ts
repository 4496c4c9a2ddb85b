import { runProgram } from '../machine/spawn.ts';
import { lastWords } from './download.ts';

/** Loads the addon in a process of its own and lets TensorFlow add two vectors, so that a crash stays there. */
const SCRIPT = `
const b = require(process.argv[1]);
const t = (v) => b.createTensor([2], b.TF_FLOAT, new Float32Array(v));
const [out] = b.executeOp('AddV2', [{ name: 'T', type: b.TF_ATTR_TYPE, value: b.TF_FLOAT }], [t([1, 2]), t([3, 4])], 1);
const sum = Array.from(b.tensorDataSync(out.id));
if (sum[0] !== 4 || sum[1] !== 6) throw new Error('TensorFlow added [1,2] and [3,4] to ' + sum);
console.log(JSON.stringify({ tensorflow: b.TF_Version, gpu: b.isUsingGpuDevice() }));
`;

/**
 * Runs the addon at `path` once.
 * @throws Error when it does not load or does not compute
 */
export async function checkAddon(path: string, signal?: AbortSignal): Promise<{ tensorflow: string; gpu: boolean }> {
  const result = await runProgram(process.execPath, ['-e', SCRIPT, path], {
    env: { TF_CPP_MIN_LOG_LEVEL: '2', NODE_OPTIONS: '' },
    timeoutMs: 120_000,
    ...(signal ? { signal } : {}),
  });
  if (result.code !== 0) {
    const cpu = /SIGILL/.test(result.stderr)
      ? ' This processor lacks the AVX instructions that TensorFlow is built for.'
      : '';
    throw new Error(
      `TensorFlow was installed but does not run here (exit ${result.code}).${cpu} ${lastWords(result.stderr)}`,
    );
  }
  return JSON.parse(result.stdout.trim().split('\n').pop() ?? '{}') as { tensorflow: string; gpu: boolean };
}

/**
 * Loads the addon with ops of our own in a process of its own. That they compute is tried when they are registered.
 * @throws Error when it does not load
 */
export async function checkKernels(path: string, signal?: AbortSignal): Promise<void> {
  const result = await runProgram(process.execPath, ['-e', 'require(process.argv[1])', path], {
    env: { TF_CPP_MIN_LOG_LEVEL: '2', NODE_OPTIONS: '' },
    timeoutMs: 120_000,
    ...(signal ? { signal } : {}),
  });
  if (result.code !== 0) throw new Error(`the addon does not load (exit ${result.code}): ${lastWords(result.stderr)}`);
}
