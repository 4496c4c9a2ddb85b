/**
 * RoIAlign on TensorFlow: by our own op (`native/kernels/roi-align.cc`) where the addon that has it could be built, on
 * a GPU by TensorFlow's CropAndResize. On a CPU without that addon tensor-ops' own composition runs on the host:
 * CropAndResizeGradImage spreads regions over threads that add to the same cells without a lock, so terms get lost (a
 * third of the runs of 60 regions on two threads), and its forward pass loses some samples on the very border to
 * rounding.
 */
import { dispose, ones, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import {
  inputList,
  roiAlignGradientKernel,
  roiAlignKernel,
  type ListInputs,
  type RoiAlignAttributes,
} from '@sed/tensor-ops/kernels';
import type { TensorFlowBackend } from './backend.ts';
import { cropAndResizeKernels } from './crop-and-resize.ts';
import { nativeKernel, type NativeKernel } from './native-kernel.ts';
import { TensorFlowOps, type OwnAttributes } from './ops.ts';

function attributesOf({ scales, outputSize, samplingRatio, aligned }: RoiAlignAttributes): OwnAttributes {
  return {
    L: { int: scales.length },
    height: { int: outputSize[0] },
    width: { int: outputSize[1] },
    sampling_ratio: { int: samplingRatio },
    aligned,
  };
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

function align(ops: TensorFlowOps, inputs: ListInputs<'level'>, attributes: RoiAlignAttributes): Tensor4D {
  const features = inputList(inputs, 'level', attributes.scales.length);
  return withRegions(attributes, (regions) =>
    ops.own(roiAlignKernel, attributesOf(attributes), [...features, ...regions]),
  );
}

export const ownRegions: readonly NativeKernel[] = [
  nativeKernel(roiAlignKernel, align),
  nativeKernel(roiAlignGradientKernel, (ops, { dy }, attributes) => {
    const { shapes } = attributes;
    const sizes = tensor1d(shapes.flat(), 'int32');
    try {
      return withRegions(attributes, (regions) => {
        const inputs = [dy, ...regions, sizes];
        return ops.ownSeveral(roiAlignGradientKernel, attributesOf(attributes), inputs, shapes.length);
      });
    } finally {
      sizes.dispose();
    }
  }),
];

/**
 * What pools regions; nothing where tensor-ops' own composition is best.
 * @param where.own whether our own op may be used; it is missing on a GPU and with an addon that was built elsewhere
 */
export function roiAlignKernels(
  backend: TensorFlowBackend,
  where: { readonly own: boolean; readonly gpu: boolean },
): readonly NativeKernel[] {
  if (where.own && works(backend)) return ownRegions;
  return where.gpu ? cropAndResizeKernels : [];
}

/** Pools one cell of value 1. */
function works(backend: TensorFlowBackend): boolean {
  const level0 = ones([1, 1, 1, 1]);
  let y: Tensor | undefined;
  try {
    const attributes: RoiAlignAttributes = {
      rois: Float32Array.of(0, 0, 1, 1),
      images: new Int32Array(1),
      levels: new Int32Array(1),
      scales: [1],
      outputSize: [1, 1],
      samplingRatio: 1,
      aligned: false,
    };
    y = align(new TensorFlowOps(backend), { level0 }, attributes);
    return y.dataSync()[0] === 1;
  } catch {
    return false;
  } finally {
    level0.dispose();
    y?.dispose();
  }
}
