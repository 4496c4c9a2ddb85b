/**
 * Puts a recorder between tfjs and its backend: every kernel in the registry, every download and upload, every op of
 * TensorFlow, and the phases that code names with `phase`. Kernels run synchronously on the CPU, so the time around one
 * is its time; on a GPU it is the time to hand it over.
 */
import { watchPhases } from '@sed/tensor-ops';
import * as tf from '@tensorflow/tfjs-core';
import { flopsOf } from './flops.ts';
import type { Recorder, Span } from './recorder.ts';

/** The parts of tfjs's engine and of tfjs-node's backend that are watched. */
interface Engine {
  readonly backendName: string;
  readonly backend: Backend;
  readonly state: { readonly numBytes: number };
  readSync(dataId: object): tf.backend_util.TypedArray;
  read(dataId: object): Promise<tf.backend_util.TypedArray>;
  makeTensor(values: unknown, shape: number[], dtype?: tf.DataType, backend?: unknown): tf.Tensor;
}
interface Backend {
  readonly tensorMap?: { get(dataId: object): { readonly values?: unknown } };
  executeSingleOutput?(name: string, ...rest: unknown[]): unknown;
  executeMultipleOutputs?(name: string, ...rest: unknown[]): unknown;
}

/**
 * Ops of TensorFlow that look at a shape or pass a tensor's memory on: nothing is computed, so a GPU starts nothing for
 * them.
 */
const NO_WORK = new Set(['Reshape', 'Identity', 'IdentityN', 'Shape', 'Rank', 'Size', 'ExpandDims', 'Squeeze']);

/**
 * Watches the current backend.
 * @returns how to take everything off again
 */
export function installHooks(recorder: Recorder): () => void {
  const engine = tf.engine() as unknown as Engine;
  const { backend } = engine;
  const undo: (() => void)[] = [];
  // made on the host and never needed elsewhere: no round trip
  const isOnHost = (dataId: object): boolean => backend.tensorMap?.get(dataId).values != null;
  const endDownload = (span: Span): void => {
    span.allocated = engine.state.numBytes;
    recorder.end();
  };
  for (const config of tf.getKernelsForBackend(engine.backendName)) undo.push(hookKernel(config, recorder, engine));

  undo.push(
    replace(engine, 'readSync', (readSync) => (dataId) => {
      if (isOnHost(dataId)) return readSync(dataId);
      const span = recorder.begin('download', 'download');
      try {
        const values = readSync(dataId);
        span.made = values.byteLength;
        return values;
      } finally {
        endDownload(span);
      }
    }),
    replace(engine, 'read', (read) => async (dataId) => {
      if (isOnHost(dataId)) return read(dataId);
      const span = recorder.begin('download', 'download');
      try {
        const values = await read(dataId);
        span.made = values.byteLength;
        return values;
      } finally {
        endDownload(span);
      }
    }),
    replace(engine, 'makeTensor', (makeTensor) => (...args) => {
      const tensor = makeTensor(...args);
      recorder.upload(bytesOf(tensor));
      return tensor;
    }),
    watchPhases({ begin: (name) => void recorder.begin('phase', name), end: () => recorder.end() }),
  );
  for (const method of ['executeSingleOutput', 'executeMultipleOutputs'] as const) {
    if (backend[method] === undefined) continue;
    undo.push(
      replace(backend, method, (execute) => (name, ...rest) => {
        recorder.dispatch(!NO_WORK.has(name));
        return execute!(name, ...rest);
      }),
    );
  }
  return () => {
    for (const step of undo.reverse()) step();
  };
}

/**
 * A registered kernel with a recorder around its function. tfjs looks the function up at every call, so it is replaced
 * in its place.
 */
export function hookKernel(
  config: tf.KernelConfig,
  recorder: Recorder,
  { state }: { readonly state: { readonly numBytes: number } },
): () => void {
  const { kernelName, kernelFunc } = config;
  const watched: tf.KernelFunc = (params) => {
    const span = recorder.begin('kernel', kernelName);
    try {
      const result = kernelFunc(params);
      const inputs = Object.values(params.inputs as Record<string, tf.TensorInfo | undefined>).filter(
        (input): input is tf.TensorInfo => input?.dataId !== undefined,
      );
      const outputs = Array.isArray(result) ? result : [result];
      // a view of an input (a reshape) makes nothing
      const fresh = outputs.filter(({ dataId }) => inputs.every((input) => input.dataId !== dataId));
      if (span.dispatches > 0 || span.passedOn === 0) for (const output of fresh) span.made += bytesOf(output);
      if (span.made > 0) span.moved = inputs.reduce((sum, input) => sum + bytesOf(input), span.made);
      if (!span.inKernel) {
        span.flops = flopsOf({
          name: kernelName,
          inputs: params.inputs,
          attributes: params.attrs ?? {},
          output: outputs[0]?.shape ?? [],
        });
      }
      span.inputs = inputs.map(({ shape }) => shape);
      span.outputs = outputs.map(({ shape }) => shape);
      return result;
    } finally {
      span.allocated = state.numBytes;
      recorder.end();
    }
  };
  const writable = config as { kernelFunc: tf.KernelFunc };
  writable.kernelFunc = watched;
  return () => {
    if (writable.kernelFunc === watched) writable.kernelFunc = kernelFunc;
  };
}

function bytesOf({ shape, dtype }: Pick<tf.TensorInfo, 'shape' | 'dtype'>): number {
  return tf.util.sizeFromShape(shape) * (dtype === 'string' ? 0 : tf.util.bytesPerElement(dtype));
}

/** Puts a method of its own before that of the object's class. */
function replace<T extends object, K extends keyof T>(object: T, name: K, make: (before: T[K]) => T[K]): () => void {
  const own = Object.getOwnPropertyDescriptor(object, name);
  object[name] = make((object[name] as (...args: unknown[]) => unknown).bind(object) as T[K]);
  return () => {
    if (own) Object.defineProperty(object, name, own);
    else delete object[name];
  };
}
