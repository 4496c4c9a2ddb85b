import { inspectRuntime, prepareBackend } from '@sed/runtime';
import { convolution, phase } from '@sed/tensor-ops';
import * as tf from '@tensorflow/tfjs-core';
import { flopsOf } from './flops.ts';
import { record } from './profile.ts';
import { NO_PHASE, type Recording, type Span } from './recorder.ts';
import { Summarizer } from './summary.ts';
import { chromeTrace } from './trace.ts';

beforeAll(() => prepareBackend({ backend: 'wasm' }));

const X = [1, 8, 8, 3] as const;
const FILTER = [3, 3, 3, 5] as const;
/** 2 · H' W' · kh kw I O, of the 8x8 grid that padding 1 keeps. */
const CONVOLUTION = 2 * 64 * 27 * 5;

/** A convolution and its two gradients, a product, a reshape and a download, in phases. */
function example(): void {
  tf.tidy(() => {
    const gradients = phase('backward', () =>
      tf.grads((x, filter) =>
        phase('forward', () =>
          convolution(x as tf.Tensor4D, filter as tf.Tensor4D, { padding: 1, activation: 'relu' }),
        ),
      )([tf.ones([...X]), tf.ones([...FILTER])]),
    );
    const rows = tf.reshape(gradients[0]!, [64, 3]);
    const product = phase('product', () => tf.matMul(rows, rows, true, false));
    phase('reading', () => product.dataSync());
  });
}

const outer = ({ spans }: Recording, name: string): Span[] => spans.filter((s) => s.name === name && !s.inKernel);

test('kernels have the operations and bytes of their shapes; a view makes nothing', async () => {
  example();
  const { recording } = await record(example);
  for (const name of ['SedConvolution', 'SedConvolutionInputGradient', 'SedConvolutionFilterGradient']) {
    expect(outer(recording, name).map(({ flops }) => flops)).toEqual([CONVOLUTION]);
  }
  const [product] = outer(recording, 'BatchMatMul');
  expect([product!.flops, product!.made, product!.moved]).toEqual([2 * 9 * 64, 4 * 9, 4 * (9 + 2 * 64 * 3)]);
  expect([product!.phase, product!.inputs.at(-1)!.slice(-2)]).toEqual(['product', [64, 3]]);
  const [view] = outer(recording, 'Reshape');
  expect([view!.made, view!.moved]).toEqual([0, 0]);
  const reads = recording.spans.filter(({ kind }) => kind === 'download');
  expect(reads.map((read) => [read.phase, read.made])).toEqual([['reading', 36]]);
  expect(recording.uploads.filter(({ phase: where }) => where === 'backward').map(({ bytes }) => bytes)).toEqual(
    expect.arrayContaining([4 * 192, 4 * 135]),
  );
});

test('a download that is waited for is one, in the phase that waits', async () => {
  const { recording } = await record(() =>
    phase('waiting', async () => {
      const made = tf.tidy(() => tf.add(tf.ones([5]), 1));
      await made.data();
      made.dispose();
    }),
  );
  const reads = recording.spans.filter(({ kind }) => kind === 'download');
  expect(reads.map((read) => [read.phase, read.made])).toEqual([['waiting', 20]]);
  const [whole, waiting] = [recording.spans[0]!, recording.spans.find(({ name }) => name === 'waiting')!];
  expect(waiting.inside).toBeGreaterThanOrEqual(reads[0]!.duration);
  expect(whole.inside).toBe(waiting.duration);
});

test('phases do not count what is in phases inside them, and add up to the step', async () => {
  const summarizer = new Summarizer();
  let whole = 0;
  for (let i = 0; i < 3; i++) {
    const { recording } = await record(example);
    whole += recording.spans[0]!.duration;
    summarizer.add(recording);
  }
  const { phases, ops, shapes, totals, steps } = summarizer.summary();
  expect(steps).toBe(3);
  expect(phases.map((row) => row.phase).sort()).toEqual(['backward', 'forward', NO_PHASE, 'product', 'reading'].sort());
  const sum = (rows: readonly { ms: number }[]): number => rows.reduce((total, { ms }) => total + ms, 0);
  expect(Math.abs(sum(phases) - whole / 3)).toBeLessThan(0.01);
  expect(Math.abs(sum(ops) + totals.javascript_ms + totals.download_ms - totals.ms)).toBeLessThan(0.1);
  expect(phases.every((row, i) => i === 0 || row.ms <= phases[i - 1]!.ms)).toBe(true);
  const forward = phases.find((row) => row.phase === 'forward')!;
  expect(forward.gflop).toBeCloseTo(CONVOLUTION / 1e9, 4);
  expect(totals).toMatchObject({ downloads: 1, downloaded_kib: 0.035, peak_phase: expect.any(String) as string });
  expect(totals.launches).toBeUndefined(); // only TensorFlow tells
  expect(shapes.find(({ op }) => op === 'SedConvolution')!.inputs).toBe('[1,8,8,3] [3,3,3,5]');
});

test('nothing stays hooked, also where the step throws', async () => {
  const engine = tf.engine() as unknown as Record<string, unknown>;
  const kernels = tf.getKernelsForBackend('wasm').map(({ kernelFunc }) => kernelFunc);
  const failing = record(() => {
    throw new Error('it failed');
  });
  await expect(failing).rejects.toThrow('it failed');
  await record(example);
  expect(Object.hasOwn(engine, 'readSync')).toBe(false);
  expect(Object.hasOwn(engine, 'read')).toBe(false);
  expect(Object.hasOwn(engine, 'makeTensor')).toBe(false);
  expect(tf.getKernelsForBackend('wasm').map(({ kernelFunc }) => kernelFunc)).toEqual(kernels);
  await expect(record(example)).resolves.toBeDefined(); // phases have no watcher any more
});

test('the trace has complete events that nest, with shapes, and the memory of tensors', async () => {
  const { recording } = await record(example);
  const { traceEvents } = chromeTrace(recording, { model: 'example' }) as { traceEvents: Record<string, never>[] };
  const of = (ph: string): Record<string, never>[] => traceEvents.filter((event) => event['ph'] === ph);
  expect(of('X')).toHaveLength(recording.spans.length);
  expect(of('M').map(({ name }) => name)).toEqual(['process_name', 'thread_name']);
  const named = (name: string): { ts: number; dur: number; args: Record<string, unknown> } =>
    of('X').find((event) => event['name'] === name)! as never;
  const [forward, kernel] = [named('forward'), named('SedConvolution')];
  expect(kernel.ts).toBeGreaterThanOrEqual(forward.ts);
  expect(kernel.ts + kernel.dur).toBeLessThanOrEqual(forward.ts + forward.dur);
  expect(kernel.args).toMatchObject({ phase: 'forward', inputs: '[1,8,8,3] [3,3,3,5]', outputs: '[1,8,8,5]' });
  expect(of('C').every(({ args }) => (args as unknown as { MiB: number }).MiB > 0)).toBe(true);
  for (const event of of('X')) expect([event['pid'], event['tid'], typeof event['ts']]).toEqual([1, 1, 'number']);
});

test('operations of the stock kernels are those of the same convolution', () => {
  const y = { shape: [1, 8, 8, 5] };
  const call = (name: string, inputs: Record<string, { shape: readonly number[] }>, attributes = {}): number =>
    flopsOf({ name, inputs, attributes, output: [1, 8, 8, 5] });
  const [x, filter] = [{ shape: X }, { shape: FILTER }];
  expect(call('Conv2D', { x, filter })).toBe(CONVOLUTION);
  expect(call('Conv2DBackpropInput', { dy: y, filter })).toBe(CONVOLUTION);
  expect(call('Conv2DBackpropFilter', { x, dy: y }, { filterShape: FILTER })).toBe(CONVOLUTION);
  const geometry = { strides: [1, 1], padding: [1, 1, 1, 1] };
  expect(call('SedConvolutionScaled', { x, filter }, geometry)).toBe(CONVOLUTION);
  const depthwise = { x: { shape: [1, 8, 8, 5] }, filter: { shape: [3, 3, 5, 1] } };
  expect(call('DepthwiseConv2dNative', depthwise)).toBe(2 * 64 * 9 * 5);
  expect(call('SedDepthwiseConvolution', depthwise, geometry)).toBe(2 * 64 * 9 * 5);
  const [rows, gradient] = [{ shape: [64, 3] }, { shape: [64, 5] }];
  expect(call('SedLevelsConvolution', { x: rows, filter })).toBe(CONVOLUTION);
  expect(call('SedLevelsConvolutionInputGradient', { dy: gradient, filter })).toBe(CONVOLUTION);
  expect(call('SedLevelsConvolutionFilterGradient', { x: rows, dy: gradient }, { filterShape: FILTER })).toBe(
    CONVOLUTION,
  );
  expect(call('Relu', { x })).toBe(0);
});

const { native } = await inspectRuntime();
const wanted = (process.env['SED_TEST_BACKENDS'] ?? 'tensorflow').includes('tensorflow');
const onTensorFlow = native.usable && wanted;
const why = onTensorFlow ? '' : ` (NOT RUN: ${wanted ? native.reason : 'SED_TEST_BACKENDS leaves it out'})`;

(onTensorFlow ? test : test.skip)(
  `on TensorFlow its ops are counted, but not those that pass memory on${why}`,
  async () => {
    await prepareBackend({ backend: 'tensorflow' });
    example();
    const { recording } = await record(example);
    const [view] = outer(recording, 'Reshape');
    expect([view!.dispatches, view!.passedOn, view!.made]).toEqual([0, 1, 0]);
    const [product] = outer(recording, 'BatchMatMul');
    expect([product!.dispatches, product!.moved]).toEqual([1, 4 * (9 + 2 * 64 * 3)]);
    const summarizer = new Summarizer();
    summarizer.add(recording);
    expect(summarizer.summary().totals.launches).toBeGreaterThanOrEqual(4);
    const backend = tf.backend() as unknown as Record<string, unknown>;
    expect(Object.hasOwn(backend, 'executeSingleOutput')).toBe(false);
  },
);
