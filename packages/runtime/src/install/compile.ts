import { readdirSync, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { runProgram } from '../machine/spawn.ts';
import {
  BINDING_FLAGS,
  COMPILER_FLAGS,
  INTEL_LIBRARIES,
  INTEL_SOURCE,
  KERNEL_FLAGS,
  KERNEL_SOURCES,
  LINKED_SOURCES,
  MUTE_SOURCE,
  nativeSource,
} from '../native/binding.ts';
import { ADDON, KERNELS, MUTE, ONEDNN_FOLDER, TFJS_NODE_FOLDER } from '../native/layout.ts';
import { lastWords } from './download.ts';

/**
 * Compiles tfjs-node's binding, whose sources its package ships, against the libraries, all in `folder`; N-API 8, so
 * one file serves every Node. Its run path is relative, so the folder can be renamed afterwards.
 */
export async function compileAddon(options: { compiler: string; folder: string; signal?: AbortSignal }): Promise<void> {
  const { compiler, folder, signal } = options;
  const source = join(folder, TFJS_NODE_FOLDER);
  const { include_dir: nodeHeaders } = createRequire(import.meta.url)('node-api-headers') as { include_dir: string };
  const libraries = join(folder, 'tensorflow');
  const nvidia = nvidiaLibraries(folder);
  const args = [
    ...COMPILER_FLAGS,
    ...BINDING_FLAGS,
    ...[`-I${source}`, `-I${join(libraries, 'include')}`, `-I${nodeHeaders}`],
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => join(source, 'binding', file)),
    ...LINKED_SOURCES.map(nativeSource),
    ...[`-L${libraries}`, '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2'],
    // RPATH instead of RUNPATH, which the libraries' own needs inherit
    ...[
      '-Wl,--disable-new-dtags',
      '-Wl,-rpath,$ORIGIN/tensorflow',
      ...nvidia.folders.map((f) => `-Wl,-rpath,$ORIGIN/${f}`),
    ],
    // TensorFlow opens CUDA's libraries by their bare names at run time: it finds those that are loaded already
    '-Wl,--no-as-needed',
    ...nvidia.folders.map((f) => `-L${join(folder, f)}`),
    ...nvidia.libraries.map((file) => `-l:${file}`),
    ...['-Wl,--allow-shlib-undefined', '-o', join(folder, ADDON)],
  ];
  const small = [...COMPILER_FLAGS, `-I${nodeHeaders}`];
  const mute = nativeSource(MUTE_SOURCE);
  const muted = await runProgram(compiler, [...small, mute, '-o', join(folder, MUTE)], signal ? { signal } : {});
  if (muted.code !== 0) throw new Error(`${compiler} could not compile ${mute}: ${lastWords(muted.stderr, 12)}`);
  const result = await runProgram(compiler, args, signal ? { signal } : {});
  if (result.code !== 0)
    throw new Error(
      `${compiler} could not compile tfjs-node's binding (exit ${result.code}): ${lastWords(result.stderr, 12)}`,
    );
}

/**
 * Compiles the addon with ops of our own, against TensorFlow and the oneDNN in `folder`.
 * @param headers the folder of the headers of oneDNN and oneTBB
 */
export async function compileKernels(options: {
  compiler: string;
  folder: string;
  headers: string;
  signal?: AbortSignal;
}): Promise<void> {
  const { compiler, folder, headers, signal } = options;
  const library = join(folder, ONEDNN_FOLDER);
  for (const name of INTEL_LIBRARIES) {
    const args = [...COMPILER_FLAGS, nativeSource(INTEL_SOURCE), `-Wl,-soname,${name}`, '-o', join(library, name)];
    const made = await runProgram(compiler, args, signal ? { signal } : {});
    if (made.code !== 0) throw new Error(`${compiler} could not compile ${name}: ${lastWords(made.stderr, 12)}`);
  }
  const { include_dir: nodeHeaders } = createRequire(import.meta.url)('node-api-headers') as { include_dir: string };
  const args = [
    ...[...COMPILER_FLAGS, ...KERNEL_FLAGS],
    ...[`-I${join(folder, 'tensorflow', 'include')}`, `-I${nodeHeaders}`, `-I${headers}`],
    ...KERNEL_SOURCES.map(nativeSource),
    ...[`-L${join(folder, 'tensorflow')}`, '-l:libtensorflow_framework.so.2'],
    ...[`-L${library}`, '-l:libdnnl.so.3', '-l:libtbb.so.12', `-Wl,-rpath-link,${library}`],
    ...['-Wl,--disable-new-dtags', '-Wl,-rpath,$ORIGIN/tensorflow', `-Wl,-rpath,$ORIGIN/${ONEDNN_FOLDER}`],
    ...['-Wl,--allow-shlib-undefined', '-o', join(folder, KERNELS)],
  ];
  const result = await runProgram(compiler, args, signal ? { signal } : {});
  if (result.code !== 0)
    throw new Error(`${compiler} could not compile ${KERNELS} (exit ${result.code}): ${lastWords(result.stderr, 12)}`);
}

/** The libraries whose names TensorFlow asks the loader for; cuDNN opens its other parts itself, beside it. */
const OPENED_BY_TENSORFLOW =
  /^lib(cudart|cublas|cublasLt|cufft|cusolver|cusparse|cudnn|nccl|nvJitLink|cupti)\.so\.\d+$/;

function nvidiaLibraries(folder: string): { folders: string[]; libraries: string[] } {
  const root = join(folder, 'nvidia');
  const found = { folders: [] as string[], libraries: [] as string[] };
  if (!existsSync(root)) return found;
  for (const part of readdirSync(root).sort()) {
    const lib = join(root, part, 'lib');
    if (!existsSync(lib)) continue;
    found.folders.push(`nvidia/${part}/lib`);
    found.libraries.push(...readdirSync(lib).filter((file) => OPENED_BY_TENSORFLOW.test(file)));
  }
  return found;
}
