/** TensorFlow's kernels against tfjs's own ops on its cpu backend, gradients included. */
import * as tf from '@tensorflow/tfjs';
import { outputGrid } from '@sed/tensor-ops/kernels';
import {
  activationGradientKernel,
  convolutionFilterGradientKernel,
  convolutionInputGradientKernel,
  convolutionKernel,
  depthwiseConvolutionFilterGradientKernel,
  depthwiseConvolutionInputGradientKernel,
  depthwiseConvolutionKernel,
  runKernel,
} from '@sed/tensor-ops/kernels';
import { expectClose, onEveryBackend } from '@sed/testing';
import { tensorFlow } from './backend.ts';
import { TensorFlowOps } from './ops.ts';
import { registerNativeKernels } from './register.ts';

interface Case {
  title: string;
  x: [number, number, number, number];
  filter: [number, number, number, number];
  strides: [number, number];
  padding: [number, number, number, number];
  depthwise?: boolean;
  scale?: boolean;
  bias?: boolean;
  activation?: 'none' | 'relu' | 'relu6';
}

const cases: Case[] = [
  { title: '3x3', x: [2, 9, 7, 3], filter: [3, 3, 3, 5], strides: [1, 1], padding: [1, 1, 1, 1] },
  {
    title: '3x3, all on',
    x: [2, 9, 7, 3],
    filter: [3, 3, 3, 5],
    strides: [1, 1],
    padding: [1, 1, 1, 1],
    scale: true,
    bias: true,
    activation: 'relu',
  },
  {
    title: '3x3 relu6',
    x: [1, 6, 6, 4],
    filter: [3, 3, 4, 4],
    strides: [1, 1],
    padding: [1, 1, 1, 1],
    bias: true,
    activation: 'relu6',
  },
  {
    title: '3x3 many positions',
    x: [2, 12, 11, 4],
    filter: [3, 3, 4, 6],
    strides: [1, 1],
    padding: [1, 1, 1, 1],
    scale: true,
  },
  { title: '3x3 uneven padding', x: [2, 12, 11, 4], filter: [3, 3, 4, 6], strides: [1, 1], padding: [0, 2, 1, 0] },
  {
    title: '3x3 more padding than it reaches',
    x: [2, 10, 10, 2],
    filter: [3, 3, 2, 2],
    strides: [1, 1],
    padding: [3, 1, 0, 4],
  },
  {
    title: '3x3 stride 2, even size',
    x: [2, 8, 8, 3],
    filter: [3, 3, 3, 4],
    strides: [2, 2],
    padding: [1, 1, 1, 1],
    scale: true,
    activation: 'relu',
  },
  {
    title: '3x3 stride 2, rows never looked at',
    x: [2, 8, 9, 3],
    filter: [3, 3, 3, 4],
    strides: [2, 2],
    padding: [0, 0, 0, 0],
  },
  {
    title: '7x7 stride 2',
    x: [1, 17, 16, 3],
    filter: [7, 7, 3, 8],
    strides: [2, 2],
    padding: [3, 3, 3, 3],
    scale: true,
    bias: true,
    activation: 'relu',
  },
  { title: '1x1', x: [2, 5, 6, 7], filter: [1, 1, 7, 3], strides: [1, 1], padding: [0, 0, 0, 0] },
  {
    title: '1x1, all on',
    x: [2, 5, 6, 7],
    filter: [1, 1, 7, 3],
    strides: [1, 1],
    padding: [0, 0, 0, 0],
    scale: true,
    bias: true,
    activation: 'relu6',
  },
  { title: '1x1 stride 2', x: [2, 7, 8, 5], filter: [1, 1, 5, 3], strides: [2, 2], padding: [0, 0, 0, 0], bias: true },
  {
    title: '1x1 padded',
    x: [1, 4, 4, 2],
    filter: [1, 1, 2, 2],
    strides: [1, 1],
    padding: [1, 0, 0, 1],
    bias: true,
    activation: 'relu',
  },
  { title: '2x4, strides 1 and 3', x: [1, 9, 13, 2], filter: [2, 4, 2, 3], strides: [1, 3], padding: [1, 0, 1, 2] },
  {
    title: '1x3 many positions',
    x: [2, 12, 12, 3],
    filter: [1, 3, 3, 3],
    strides: [1, 1],
    padding: [0, 0, 1, 1],
    activation: 'relu',
  },
  {
    title: 'depthwise 3x3',
    x: [2, 7, 6, 5],
    filter: [3, 3, 5, 1],
    strides: [1, 1],
    padding: [1, 1, 1, 1],
    depthwise: true,
  },
  {
    title: 'depthwise 5x5, all on, many positions',
    x: [2, 18, 17, 6],
    filter: [5, 5, 6, 1],
    strides: [1, 1],
    padding: [2, 2, 2, 2],
    depthwise: true,
    scale: true,
    bias: true,
    activation: 'relu6',
  },
  {
    title: 'depthwise 3x3 stride 2',
    x: [2, 9, 8, 4],
    filter: [3, 3, 4, 1],
    strides: [2, 2],
    padding: [0, 1, 0, 1],
    depthwise: true,
    scale: true,
  },
  {
    title: 'depthwise, SAME at stride 2, all on',
    x: [2, 9, 8, 4],
    filter: [3, 3, 4, 1],
    strides: [2, 2],
    padding: [1, 1, 0, 1],
    depthwise: true,
    scale: true,
    bias: true,
    activation: 'relu6',
  },
  {
    title: 'depthwise 5x5, no padding, bias',
    x: [2, 9, 8, 4],
    filter: [5, 5, 4, 1],
    strides: [1, 1],
    padding: [0, 0, 0, 0],
    depthwise: true,
    bias: true,
    activation: 'relu',
  },
  {
    title: '3x3, uneven padding, stride 2, bias alone',
    x: [2, 9, 8, 4],
    filter: [3, 3, 4, 5],
    strides: [2, 2],
    padding: [0, 2, 1, 0],
    bias: true,
  },
  {
    title: 'depthwise strides 2 and 1',
    x: [2, 9, 8, 4],
    filter: [3, 3, 4, 1],
    strides: [2, 1],
    padding: [1, 1, 1, 1],
    depthwise: true,
    bias: true,
  },
  {
    title: 'depthwise strides 1 and 3',
    x: [1, 8, 11, 3],
    filter: [3, 5, 3, 1],
    strides: [1, 3],
    padding: [0, 1, 2, 1],
    depthwise: true,
  },
];

/** Values that repeat from run to run, in [-1, 1). */
function values(shape: number[], seed: number): Float32Array {
  const out = new Float32Array(shape.reduce((a, b) => a * b, 1));
  let state = (seed * 2654435761) >>> 0 || 1;
  for (let i = 0; i < out.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    out[i] = (state >>> 8) / 2 ** 23 - 1;
  }
  return out;
}

interface Outcome {
  y: number[];
  dx: number[];
  dFilter: number[];
}

const tensors = (c: Case) => {
  const channels = c.depthwise ? c.filter[2] : c.filter[3];
  const [h, w] = outputGrid(c.x, c.filter, c.strides, c.padding);
  // Relu6 is to be closed on both sides in some places.
  return {
    x: tf.tensor4d(values(c.x, 1), c.x),
    filter: tf.tensor4d(values(c.filter, 2), c.filter),
    scale: tf.mul<tf.Tensor1D>(3, tf.tensor1d(values([channels], 3))),
    bias: tf.mul<tf.Tensor1D>(2, tf.tensor1d(values([channels], 4))),
    dy: tf.tensor4d(values([c.x[0], h, w, channels], 5), [c.x[0], h, w, channels]),
  };
};

/** tfjs's stock ops on its cpu backend, differentiated by tfjs. */
async function reference(c: Case): Promise<Outcome> {
  await tf.setBackend('cpu');
  return tf.tidy(() => {
    const { x, filter, scale, bias, dy } = tensors(c);
    const [top, bottom, left, right] = c.padding;
    const pad: tf.backend_util.ExplicitPadding = [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ];
    const effective: tf.Tensor4D = c.scale ? tf.mul(filter, c.depthwise ? tf.reshape(scale, [-1, 1]) : scale) : filter;
    const convolve = (image: tf.Tensor4D, w: tf.Tensor4D): tf.Tensor4D =>
      c.depthwise ? tf.depthwiseConv2d(image, w, c.strides, pad) : tf.conv2d(image, w, c.strides, pad);
    const activate = (z: tf.Tensor): tf.Tensor =>
      c.activation === 'relu' ? tf.relu(z) : c.activation === 'relu6' ? tf.relu6(z) : z;
    const [dx, dFilter] = tf.grads((image: tf.Tensor, w: tf.Tensor) => {
      const z = convolve(image as tf.Tensor4D, w as tf.Tensor4D);
      return activate(c.bias ? tf.add(z, bias) : z);
    })([x, effective], dy);
    const z = convolve(x, effective);
    const y = activate(c.bias ? tf.add(z, bias) : z);
    return { y: Array.from(y.dataSync()), dx: Array.from(dx!.dataSync()), dFilter: Array.from(dFilter!.dataSync()) };
  });
}

/** The kernels themselves, one after the other, each checked for what it leaves behind. */
async function kernels(c: Case, backend: string): Promise<Outcome> {
  await tf.setBackend(backend);
  const { x, filter, scale, bias, dy } = tensors(c);
  const { strides, padding, activation = 'none' } = c;
  const checked = <T extends tf.Tensor>(run: () => T): T => {
    const before = tf.memory();
    const result = run();
    expect(tf.memory().numTensors - before.numTensors).toBe(1);
    expect(tf.memory().numDataBuffers - before.numDataBuffers).toBe(1);
    return result;
  };
  const scaling = c.scale ? { scale } : {};
  const [forward, inputGradient, filterGradient] = c.depthwise
    ? [depthwiseConvolutionKernel, depthwiseConvolutionInputGradientKernel, depthwiseConvolutionFilterGradientKernel]
    : [convolutionKernel, convolutionInputGradientKernel, convolutionFilterGradientKernel];
  const y = checked(() =>
    runKernel(forward, { x, filter, ...scaling, ...(c.bias ? { bias } : {}) }, { strides, padding, activation }),
  );
  expect(y.shape).toEqual(dy.shape);
  const dz =
    activation === 'none'
      ? dy.clone()
      : (checked(() => runKernel(activationGradientKernel, { dy, y }, { activation })) as tf.Tensor4D);
  const dx = checked(() =>
    runKernel(inputGradient, { dy: dz, filter, ...scaling }, { inputShape: c.x, strides, padding }),
  );
  const dFilter = checked(() => runKernel(filterGradient, { x, dy: dz }, { filterShape: c.filter, strides, padding }));
  expect(dx.shape).toEqual(c.x);
  expect(dFilter.shape).toEqual(c.filter);
  const result = {
    y: Array.from(y.dataSync()),
    dx: Array.from(dx.dataSync()),
    dFilter: Array.from(dFilter.dataSync()),
  };
  tf.dispose([x, filter, scale, bias, dy, y, dz, dx, dFilter]);
  return result;
}

onEveryBackend(
  'convolution kernels',
  (backend) => {
    const kinds = [
      ['oneDNN', { own: true }, () => true],
      ["TensorFlow's fused ops", { own: false }, (c: Case) => c.bias],
      ["TensorFlow's plain ops", { own: false, fused: false }, () => true],
    ] as const;
    for (const [kind, use, applies] of kinds) {
      test.each(cases.filter(applies))(`${kind}: $title`, async (c) => {
        await tf.setBackend(backend);
        registerNativeKernels(use);
        const expected = await reference(c);
        const actual = await kernels(c, backend);
        // Sums of up to a few thousand products of values in [-3, 3], in another order.
        const absolute =
          1e-6 *
          Math.sqrt(
            Math.max(c.filter[0] * c.filter[1] * Math.max(c.filter[2], c.filter[3]), c.x[0] * c.x[1] * c.x[2]),
          ) *
          4;
        for (const key of ['y', 'dx', 'dFilter'] as const)
          expectClose(actual[key], expected[key], { relative: 1e-5, absolute });
      });
    }

    test("a filter gradient large enough for nine products equals TensorFlow's own op", async () => {
      await tf.setBackend(backend);
      registerNativeKernels({ own: false });
      const x = tf.tensor4d(values([1, 17, 18, 256], 1), [1, 17, 18, 256]);
      const dy = tf.tensor4d(values([1, 18, 16, 256], 2), [1, 18, 16, 256]);
      const filterShape = [3, 3, 256, 256] as const;
      const geometry = { strides: [1, 1], padding: [2, 1, 0, 0] } as const;
      const expected = new TensorFlowOps(tensorFlow()).convolutionFilterGradient(x, filterShape, dy, geometry);
      const before = tf.memory().numDataBuffers;
      const actual = runKernel(convolutionFilterGradientKernel, { x, dy }, { filterShape, ...geometry });
      expect(tf.memory().numDataBuffers - before).toBe(1);
      expectClose(actual.dataSync(), expected.dataSync(), { relative: 1e-5, absolute: 1e-4 });
      tf.dispose([x, dy, expected, actual]);
    });

    test("the filter gradient of a large fully connected layer equals TensorFlow's product", async () => {
      await tf.setBackend(backend);
      registerNativeKernels();
      const x = tf.tensor4d(values([1, 9, 1, 1280], 1), [1, 9, 1, 1280]);
      const dy = tf.tensor4d(values([1, 9, 1, 896], 2), [1, 9, 1, 896]);
      const filterShape = [1, 1, 1280, 896] as const;
      const geometry = { strides: [1, 1], padding: [0, 0, 0, 0] } as const;
      const expected = tf.tidy(() => tf.matMul(tf.reshape(x, [9, 1280]), tf.reshape(dy, [9, 896]), true, false));
      const before = tf.memory().numDataBuffers;
      const actual = runKernel(convolutionFilterGradientKernel, { x, dy }, { filterShape, ...geometry });
      expect(tf.memory().numDataBuffers - before).toBe(1);
      expect(actual.shape).toEqual([...filterShape]);
      expectClose(actual.dataSync(), expected.dataSync(), { relative: 1e-5, absolute: 1e-5 });
      tf.dispose([x, dy, expected, actual]);
    });

    test('registering twice, and over kernels already used, is quiet', async () => {
      const warnings: string[] = [];
      const { warn } = console;
      console.warn = (text: string) => void warnings.push(text);
      try {
        const { fused, own } = registerNativeKernels();
        const { isUsingGpuDevice } = tensorFlow();
        if (isUsingGpuDevice) expect({ fused, own }).toEqual({ fused: false, own: false });
        // oneDNN is TensorFlow's default on x64 only, and so is ours
        else if (process.arch === 'x64' && process.env['TF_ENABLE_ONEDNN_OPTS'] !== '0') expect(fused).toBe(true);
        if (process.arch === 'x64' && !isUsingGpuDevice) expect(own).toBe(true);
      } finally {
        console.warn = warn;
      }
      expect(warnings).toEqual([]);
    });
  },
  ['tensorflow'],
);
