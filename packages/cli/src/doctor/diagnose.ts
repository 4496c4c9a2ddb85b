import { availableParallelism, freemem, totalmem } from 'node:os';
import { stat } from 'node:fs/promises';
import { describeGpus, inspectRuntime, type RuntimeReport } from '@sed/runtime';
import { isWeightsName } from '@sed/trainer/named-weights';
import pc from 'picocolors';
import { withSetup } from '../backend.ts';
import type { Io } from '../io.ts';
import { bytes } from '../ui/text.ts';
import { pretrainedNames, pretrainedWeights } from '../weights/pretrained.ts';

/** What `doctor --json` prints. */
export interface Diagnosis {
  readonly node: string;
  /** The backend that a command would run on. */
  readonly backend: 'tensorflow' | 'wasm' | 'cpu';
  readonly runtime: RuntimeReport;
  readonly threads: number;
  readonly memory: { readonly totalMegabytes: number; readonly freeMegabytes: number };
  readonly decoders: { readonly sharp: string; readonly libvips: string; readonly formats: readonly string[] };
  readonly weights: readonly { readonly name: string; readonly path: string | null }[];
  /** What would make it work or make it faster; empty where nothing is to be done. */
  readonly advice: readonly string[];
}

/** Looks at the machine. TensorFlow is not loaded: this must be quick, and work where TensorFlow does not. */
export async function diagnose(env: Io['env']): Promise<Diagnosis> {
  const [runtime, sharp] = await Promise.all([inspectRuntime(), import('sharp')]);
  const native = runtime.native.usable;
  // Only a machine on which something is missing pays for a closer look (python and the compiler are started).
  const report = native ? runtime : await inspectRuntime({ thorough: true });
  const forced = env['SED_BACKEND'];
  const backend =
    forced === 'wasm' || forced === 'cpu' || forced === 'tensorflow' ? forced : native ? 'tensorflow' : 'wasm';
  const weights = await Promise.all(pretrainedNames().map(async (name) => ({ name, path: await cached(name, env) })));
  const { format } = sharp.default;
  const formats = (Object.keys(format) as (keyof typeof format)[])
    .filter((name) => format[name].input.file && format[name].input.buffer)
    .map((name) => (name === 'heif' ? 'avif' : name)) // the npm build of libvips reads AVIF alone of that family
    .filter((name) => ['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif', 'svg', 'jp2k', 'jxl'].includes(name));
  const diagnosis = {
    node: process.version,
    backend,
    runtime: report,
    threads: availableParallelism(),
    memory: { totalMegabytes: Math.round(totalmem() / 1e6), freeMegabytes: Math.round(freemem() / 1e6) },
    decoders: { sharp: sharp.default.versions.sharp ?? '?', libvips: sharp.default.versions.vips, formats },
    weights,
  } as const;
  return { ...diagnosis, advice: advise(diagnosis, forced) };
}

function advise(d: Omit<Diagnosis, 'advice'>, forced: string | undefined): string[] {
  const advice: string[] = [];
  const { native, nvidiaDriver } = d.runtime;
  if (!native.usable)
    advice.push(
      `${native.reason ?? 'TensorFlow is not installed.'} ${withSetup(native.remedy ?? 'Run `sed-cli setup`.')}`,
    );
  else if (native.remedy !== undefined) advice.push(withSetup(native.remedy));
  if (forced)
    advice.push(
      `SED_BACKEND is "${forced}" in the environment and decides the backend; unset it to let the fastest one run.`,
    );
  if (nvidiaDriver !== undefined && native.usable && !native.gpu) {
    advice.push('There is an NVIDIA driver, but the installed TensorFlow is the one for the CPU: run `sed-cli setup`.');
  }
  if (d.memory.totalMegabytes < 3500) {
    advice.push(
      `${bytes(d.memory.totalMegabytes * 1e6)} of memory is little: set "batch.accumulate" or smaller images ("input.shortSide") in the config.`,
    );
  }
  for (const w of d.weights)
    if (w.path === null) advice.push(`The pretrained weights ${w.name} are not here: run \`sed-cli setup\`.`);
  return advice;
}

async function cached(name: string, env: Io['env']): Promise<string | null> {
  if (!isWeightsName(name)) return null;
  const path = await pretrainedWeights(name, { download: false, env }).catch(() => null);
  return path !== null && (await stat(path).catch(() => undefined)) ? path : null;
}

/** The diagnosis for people. */
export function renderDiagnosis(d: Diagnosis, io: Io): string {
  const colors = pc.createColors(io.interactive && io.env['NO_COLOR'] === undefined);
  const { native, cpu, nvidiaDriver, gpus, cache } = d.runtime;
  const tensorflow = native.usable
    ? `${native.tensorflow ?? '?'}${native.gpu ? ' with CUDA' : ', CPU'}`
    : `not usable: ${native.reason ?? ''}`;
  const rows: [string, string][] = [
    [
      'backend',
      d.backend + (d.backend === 'tensorflow' ? '' : ' (training works, three to six times as slow as on TensorFlow)'),
    ],
    ['TensorFlow', tensorflow],
    ['GPU', describeGpus(nvidiaDriver, gpus)],
    ['CPU', describeCpu(cpu)],
    ['threads', String(d.threads)],
    ['memory', `${bytes(d.memory.totalMegabytes * 1e6)}, ${bytes(d.memory.freeMegabytes * 1e6)} free`],
    ['Node', d.node],
    ['decoders', `sharp ${d.decoders.sharp} (libvips ${d.decoders.libvips}): ${d.decoders.formats.join(', ')}`],
    ['cache', `${cache.path} (${bytes(cache.megabytes * 1e6)})`],
    ...d.weights.map((w): [string, string] => ['weights', `${w.name}: ${w.path ?? 'not here'}`]),
  ];
  const width = Math.max(...rows.map(([k]) => k.length));
  const lines = rows.map(([k, v]) => `${colors.bold(k.padEnd(width))}  ${v}`);
  const advice =
    d.advice.length === 0 ? [colors.green('Nothing is missing.')] : d.advice.map((a) => `${colors.yellow('→')} ${a}`);
  return `${lines.join('\n')}\n\n${advice.join('\n')}\n`;
}

function describeCpu(cpu: RuntimeReport['cpu']): string {
  const vectors = cpu.avx512 ? 'AVX-512' : cpu.avx2 ? 'AVX2' : 'neither AVX2 nor AVX-512';
  return `${cpu.model}, ${vectors}`;
}
