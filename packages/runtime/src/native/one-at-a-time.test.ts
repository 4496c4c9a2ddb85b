/**
 * The kernels share work areas and are not re-entrant: nothing may run two of them at a time, be it two threads of Node
 * or two of TensorFlow that take ops of one graph. Where they are not installed there is nothing to see: TensorFlow's
 * own are re-entrant.
 */
import { onEveryBackend } from '@sed/testing';
import * as tf from '@tensorflow/tfjs-core';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findNative } from '../inspect.ts';
import { runCommonJs } from './common-js.ts';
import { nvidiaDriver } from '../machine/tools.ts';
import { KERNELS, TFJS_NODE_FOLDER } from './layout.ts';
import { registerNativeKernels } from './register.ts';

interface Binding {
  loadSavedModel(folder: string, tags: string): number;
  runSavedModel(
    model: number,
    inputs: number[],
    inputNames: string,
    outputNames: string,
  ): { id: number; shape: number[] }[];
  deleteSavedModel(model: number): void;
  tensorDataSync(id: number): Float32Array;
  deleteTensor(id: number): void;
  createTensor(shape: number[], type: number, values: Float32Array): number;
  TF_FLOAT: number;
}

const FLOAT = 1; // DT_FLOAT
const ROWS = 4096;
const CHANNELS = 64;
const NODES = 6;

/** What `prepareBackend` takes. */
const found = findNative(nvidiaDriver() !== undefined);
const without = 'folder' in found && (found.outdated || !existsSync(join(found.folder, KERNELS)));
const withKernels = without ? test.skip : test;

onEveryBackend(
  without ? 'kernels run one at a time [NOT RUN: our kernels are not installed]' : 'kernels run one at a time',
  () => {
    withKernels('a second thread gets an error, or wasm with a warning, and the first goes on', () => {
      // In a process of its own, from what is built.
      const built = new URL('../../dist/index.js', import.meta.url).href;
      const script = `
        import { createRequire } from 'node:module';
        import { Worker } from 'node:worker_threads';
        const { prepareBackend } = await import(${JSON.stringify(built)});
        await prepareBackend({ backend: 'tensorflow' });
        const worker = new Worker(\`
          import { parentPort } from 'node:worker_threads';
          import(${JSON.stringify(built)}).then(async ({ prepareBackend }) => {
            const named = await prepareBackend({ backend: 'tensorflow' }).then(() => 'loaded', (e) => e.message);
            const { backend, warning } = await prepareBackend({ backend: 'auto' });
            parentPort.postMessage({ named, backend, warning });
          });\`, { eval: true });
        worker.on('error', (error) => console.log(JSON.stringify({ error: error.message })));
        worker.on('message', (message) => {
          const tf = createRequire(${JSON.stringify(built)})('@tensorflow/tfjs-core');
          console.log(JSON.stringify({ ...message, sum: tf.sum(tf.ones([3])).dataSync()[0] }));
        });`;
      const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
        encoding: 'utf8',
        timeout: 120_000,
        killSignal: 'SIGKILL',
        env: { ...process.env, NODE_OPTIONS: '', SED_BACKEND: 'auto' },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      expect(JSON.parse(out)).toEqual({
        named: expect.stringMatching(/another thread of this process has loaded TensorFlow.*use wasm/),
        backend: 'wasm',
        warning: expect.stringMatching(/three to six times .*another thread/),
        sum: 3,
      });
    });

    withKernels('ops of one graph, which TensorFlow starts on several threads, give what each gives alone', () => {
      expect(registerNativeKernels().own).toBe(true);
      if (!('folder' in found)) throw new Error(found.reason);
      const { binding } = tf.backend() as unknown as { binding: Binding };
      const model = mkdtempSync(join(tmpdir(), 'sed-graph-'));
      try {
        mkdirSync(join(model, 'variables'));
        writeFileSync(join(model, 'saved_model.pb'), biasGradients(join(found.folder, TFJS_NODE_FOLDER)));
        const inputs = Array.from({ length: NODES }, (_, n) =>
          binding.createTensor([ROWS, CHANNELS], binding.TF_FLOAT, new Float32Array(ROWS * CHANNELS).fill(n + 1)),
        );
        const names = (of: (n: number) => string): string => inputs.map((_, n) => of(n)).join(',');
        const id = binding.loadSavedModel(model, 'serve');
        try {
          for (let run = 0; run < 30; run++) {
            const sums = binding.runSavedModel(
              id,
              inputs,
              names((n) => `x${n}:0`),
              names((n) => `n${n}:0`),
            );
            sums.forEach((sum, n) => {
              expect(Array.from(binding.tensorDataSync(sum.id))).toEqual(new Array(CHANNELS).fill(ROWS * (n + 1)));
              binding.deleteTensor(sum.id);
            });
          }
        } finally {
          binding.deleteSavedModel(id);
          for (const input of inputs) binding.deleteTensor(input);
        }
      } finally {
        rmSync(model, { recursive: true, force: true });
      }
    });
  },
  ['tensorflow'],
);

/** A saved model: `SedBiasGradient` of each of the inputs x0, x1, … as n0, n1, …, none of which waits for another. */
function biasGradients(tfjsNode: string): Uint8Array {
  const require = createRequire(import.meta.url);
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- generated by protoc, without types
  const proto = runCommonJs(join(tfjsNode, 'dist', 'proto', 'api_pb.js'), (name) => require(name)) as any;
  const graph = new proto.GraphDef();
  const type = (): unknown => {
    const value = new proto.AttrValue();
    value.setType(FLOAT);
    return value;
  };
  for (let n = 0; n < NODES; n++) {
    const input = graph.addNode();
    input.setName(`x${n}`);
    input.setOp('Placeholder');
    input.getAttrMap().set('dtype', type());
    const node = graph.addNode();
    node.setName(`n${n}`);
    node.setOp('SedBiasGradient');
    node.addInput(`x${n}`);
  }
  const info = new proto.MetaGraphDef.MetaInfoDef();
  info.addTags('serve');
  const meta = new proto.MetaGraphDef();
  meta.setMetaInfoDef(info);
  meta.setGraphDef(graph);
  const model = new proto.SavedModel();
  model.setSavedModelSchemaVersion(1);
  model.addMetaGraphs(meta);
  return model.serializeBinary();
}
