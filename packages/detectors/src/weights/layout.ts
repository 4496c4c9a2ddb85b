/** Between torch's layouts in files and tfjs' layouts in memory. */
import { readNow } from '@sed/tensor-ops';
import { clone, concat, reshape, slice, tensor, tidy, transpose } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { ParameterSpec } from '../types.ts';
import { asFloat32, sizeOf } from './state-dict.ts';
import type { StateDict, StateTensor } from './state-dict.ts';

interface Layout {
  /** Axes of the torch tensor in the order of tfjs. */
  readonly toTfjs: readonly number[];
  /** And back. */
  readonly toTorch: readonly number[];
}

const LAYOUTS: Record<Exclude<ParameterSpec['layout'], 'plain'>, Layout> = {
  convolution: { toTfjs: [2, 3, 1, 0], toTorch: [3, 2, 0, 1] }, // OIHW, HWIO
  depthwise: { toTfjs: [2, 3, 0, 1], toTorch: [2, 3, 0, 1] }, // [C, 1, kh, kw], [kh, kw, C, 1]
  linear: { toTfjs: [1, 0], toTorch: [1, 0] }, // OI, IO
};

/** The shape that torch gives a parameter. */
export function torchShape({ shape, layout }: Pick<ParameterSpec, 'shape' | 'layout'>): number[] {
  return layout === 'plain' ? [...shape] : LAYOUTS[layout].toTorch.map((axis) => shape[axis]!);
}

/** From axes in tfjs's order to torch's order within them. May return its argument; the caller tidies. */
function toTorchOrder(value: Tensor, { torchOrder }: Pick<ParameterSpec, 'torchOrder'>): Tensor {
  if (torchOrder?.kind === 'channels-first') return turnGrid(value, torchOrder, [0, 3, 1, 2]);
  return torchOrder ? roll(value, value.shape[0] - torchOrder.values) : value;
}

/** And back. */
function fromTorchOrder(value: Tensor, { torchOrder }: Pick<ParameterSpec, 'torchOrder'>): Tensor {
  if (torchOrder?.kind === 'channels-first') return turnGrid(value, torchOrder, [0, 2, 3, 1]);
  return torchOrder ? roll(value, torchOrder.values) : value;
}

/** Reorders the inputs `[O, I]` of a linear layer on a flattened grid: from `C, h, w` to `h, w, C` or back. */
function turnGrid(
  value: Tensor,
  { height, width }: { readonly height: number; readonly width: number },
  order: [number, number, number, number],
): Tensor {
  const [outputs, inputs] = value.shape as [number, number];
  const channels = inputs / (height * width);
  const grid = order[1] === 3 ? [height, width, channels] : [channels, height, width];
  return reshape(transpose(reshape(value, [outputs, ...grid]), order), [outputs, inputs]);
}

/** Puts the first `count` rows after the others. */
function roll(value: Tensor, count: number): Tensor {
  const rest = value.shape.slice(1);
  const part = (from: number, rows: number): Tensor => slice(value, [from, ...rest.map(() => 0)], [rows, ...rest]);
  return concat([part(count, value.shape[0] - count), part(0, count)], 0);
}

/** One weight as a float32 tensor in tfjs layout. Its shape must be `torchShape(spec)`. The caller disposes of it. */
export function tensorFromTorch(weight: StateTensor, spec: ParameterSpec): Tensor {
  const { layout } = spec;
  return tidy(() => {
    // a copy: backends may keep the array they are given, and this one may be a view on a whole file
    const values = fromTorchOrder(tensor(asFloat32(weight.data).slice(), [...weight.shape], 'float32'), spec);
    return layout === 'plain' ? values : transpose(values, [...LAYOUTS[layout].toTfjs]);
  });
}

/** One weight in torch's layout, read from the backend. */
export function tensorToTorch(value: Tensor, spec: ParameterSpec): StateTensor {
  const { layout, name } = spec;
  if (value.shape.join() !== spec.shape.join()) {
    throw new Error(
      `'${name}' has shape [${value.shape.join(', ')}], but the detector's is [${spec.shape.join(', ')}].`,
    );
  }
  const shape = torchShape(spec);
  // the tidy does not return the array: it would look for tensors in each value, which takes seconds for a model
  const inTorch = tidy(() => {
    const turned = layout === 'plain' ? clone(value) : transpose(value, [...LAYOUTS[layout].toTorch]);
    return toTorchOrder(turned, spec);
  });
  try {
    const data = asFloat32(readNow(inTorch, 'fromTfjs'));
    if (data.length !== sizeOf(shape))
      throw new Error(`'${name}' gave ${data.length} values for [${shape.join(', ')}].`);
    return { shape, data };
  } finally {
    inTorch.dispose();
  }
}

/**
 * The weights of a detector as torch lays them out, under the same names, in the detector's order.
 * @throws if a parameter is missing or has another shape
 */
export function fromTfjs(parameters: ReadonlyMap<string, Tensor>, specs: readonly ParameterSpec[]): StateDict {
  return new Map(
    specs.map((spec) => {
      const value = parameters.get(spec.name);
      if (value === undefined) throw new Error(`fromTfjs: the parameter '${spec.name}' is missing.`);
      return [spec.name, tensorToTorch(value, spec)] as const;
    }),
  );
}
