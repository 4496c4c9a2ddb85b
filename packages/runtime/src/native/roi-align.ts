/**
 * RoIAlign on TensorFlow: by our own op (`native/kernels/roi-align.cc`) where the addon that has it could be built, on a GPU by
 * TensorFlow's CropAndResize. On a CPU without that addon CropAndResize pools, and the gradient is tensor-ops' own on the host:
 * TensorFlow's CropAndResizeGradImage spreads regions over threads that add to the same cells without a lock, so terms get lost
 * (a third of the runs of 60 regions on two threads).
 */
import { dispose, ones, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import type { KernelFunc, NamedTensorInfoMap, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import {
  levelInput,
  portableRoiAlign,
  type RoiAlignAttributes,
  type RoiAlignGradientAttributes,
} from '@sed/tensor-ops';
import * as names from '@sed/tensor-ops';
import { cropAndResizeKernels } from './crop-and-resize.ts';

interface Backend {
  readonly binding: Record<'TF_ATTR_INT' | 'TF_ATTR_BOOL', number>;
  executeSingleOutput(name: string, attributes: object[], inputs: TensorInfo[]): Tensor;
  executeMultipleOutputs(name: string, attributes: object[], inputs: TensorInfo[], outputs: number): Tensor[];
}

function attributesOf(
  { binding }: Backend,
  { scales, outputSize, samplingRatio, aligned }: RoiAlignAttributes,
): object[] {
  const whole = (name: string, value: number): object => ({ name, type: binding.TF_ATTR_INT, value });
  return [
    whole('L', scales.length),
    whole('height', outputSize[0]),
    whole('width', outputSize[1]),
    whole('sampling_ratio', samplingRatio),
    { name: 'aligned', type: binding.TF_ATTR_BOOL, value: aligned },
  ];
}

/** Runs `body` with the regions as tensors, which are freed after it. */
function withRegions<T>({ rois, images, levels, scales }: RoiAlignAttributes, body: (regions: Tensor[]) => T): T {
  const regions = [
    tensor2d(rois, [levels.length, 4]),
    tensor1d(images, 'int32'),
    tensor1d(levels, 'int32'),
    tensor1d([...scales], 'float32'),
  ];
  try {
    return body(regions);
  } finally {
    dispose(regions);
  }
}

function align(backend: Backend, inputs: NamedTensorInfoMap, attributes: RoiAlignAttributes): Tensor {
  const features = attributes.scales.map((_, i) => inputs[levelInput(i)]!);
  return withRegions(attributes, (regions) =>
    backend.executeSingleOutput('SedRoiAlign', attributesOf(backend, attributes), [...features, ...regions]),
  );
}

function alignGradient(backend: Backend, inputs: NamedTensorInfoMap, attributes: RoiAlignGradientAttributes): Tensor[] {
  const { shapes } = attributes;
  const sizes = tensor1d(shapes.flat(), 'int32');
  try {
    return withRegions(attributes, (regions) =>
      backend.executeMultipleOutputs(
        'SedRoiAlignGradient',
        attributesOf(backend, attributes),
        [inputs['dy']!, ...regions, sizes],
        shapes.length,
      ),
    );
  } finally {
    sizes.dispose();
  }
}

/**
 * The two kernels by name.
 * @param where.own whether our own op may be used; it is missing on a GPU and with an addon that was built elsewhere
 */
export function roiAlignKernels(
  tensorflow: unknown,
  where: { readonly own: boolean; readonly gpu: boolean },
): Record<string, KernelFunc> {
  if (where.own && works(tensorflow as Backend)) return kernels;
  if (where.gpu) return cropAndResizeKernels;
  // On the CPU TensorFlow's gradient loses terms to a race, and its forward pass some samples on the very border to rounding.
  return Object.fromEntries(
    Object.keys(kernels).map((name) => [name, portableRoiAlign(name, 'tensorflow').kernelFunc]),
  );
}

const kernels: Record<string, KernelFunc> = {
  [names.SED_ROI_ALIGN]: ({ inputs, attrs, backend }) =>
    align(backend as Backend, inputs, attrs as unknown as RoiAlignAttributes),
  [names.SED_ROI_ALIGN_GRADIENT]: ({ inputs, attrs, backend }) =>
    alignGradient(backend as Backend, inputs, attrs as unknown as RoiAlignGradientAttributes),
};

/** Pools one cell of value 1. */
function works(backend: Backend): boolean {
  const feature = ones([1, 1, 1, 1]);
  let y: Tensor | undefined;
  try {
    y = align(
      backend,
      { [levelInput(0)]: feature },
      {
        rois: Float32Array.of(0, 0, 1, 1),
        images: new Int32Array(1),
        levels: new Int32Array(1),
        scales: [1],
        outputSize: [1, 1],
        samplingRatio: 1,
        aligned: false,
      },
    );
    return y.dataSync()[0] === 1;
  } catch {
    return false;
  } finally {
    feature.dispose();
    y?.dispose();
  }
}
