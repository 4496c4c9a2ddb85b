import { INSTALL_COMMAND, type RuntimeReport } from './inspect.ts';
import { describeGpus } from './machine/gpu.ts';
import { nativePlatform } from './machine/platform.ts';

/** The report of `inspectRuntime` for people: one fact a line, and last what to do. */
export function describeRuntime(report: RuntimeReport): string {
  const { native, cpu, python, pip, npm, compiler, nvidiaDriver, gpus, node, cache } = report;
  const yes = (ok: boolean): string => (ok ? '+' : '-');
  const vector = cpu.avx512 ? 'AVX-512' : cpu.avx2 ? 'AVX2' : 'no AVX2';
  const lines = [
    `${yes(native.usable)} native backend: ${native.usable ? `TensorFlow ${native.tensorflow}${native.gpu ? ' with CUDA' : ', CPU'} in ${native.libraries}` : native.reason}`,
    `  cpu: ${cpu.model}, ${cpu.cores} ${cpu.cores === 1 ? 'core' : 'cores'}, ${vector}`,
    `  gpu: ${describeGpus(nvidiaDriver, gpus)}`,
    `  node: ${node}`,
    `${yes(python !== undefined)} python: ${python ? `${python.command} ${python.version ?? ''}` : 'not found'}`,
    `${yes(pip !== undefined)} pip: ${pip ? `${pip.version ?? ''}` : 'not found'}`,
    `${yes(npm !== undefined)} npm: ${npm ? `${npm.version ?? ''}` : 'not found'}`,
    `${yes(compiler !== undefined)} C++ compiler: ${compiler ? `${compiler.command}, ${compiler.version ?? ''}` : 'not found'}`,
    `  cache: ${cache.path}, ${cache.megabytes} MB`,
  ];
  const advice: string[] = [];
  if (!native.usable)
    advice.push(
      'Without the native backend wasm is used, which takes three to six times as long.',
      native.remedy ?? '',
    );
  else if (native.remedy !== undefined) advice.push(native.remedy);
  else if (nvidiaDriver !== undefined && !native.gpu) {
    advice.push(
      `There is an NVIDIA driver, but the installed TensorFlow is for the CPU: \`${INSTALL_COMMAND} --gpu\` adds CUDA.`,
    );
  } else if (!cpu.avx2 && nativePlatform().supported && process.arch === 'x64') {
    advice.push('This processor has no AVX2, so convolutions run at a fraction of what a newer one does.');
  }
  return `${[...lines, ...advice.filter(Boolean)].map((line) => line.trimEnd()).join('\n')}\n`;
}
