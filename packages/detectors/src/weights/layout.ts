/** Between torch's layouts in files and tfjs' layouts in memory. */
import { tensor, tidy, transpose } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { ParameterSpec } from '../types.ts';
import { asFloat32, sizeOf } from './stateDict.ts';
import type { StateDict, StateTensor } from './stateDict.ts';

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

/** One weight as a float32 tensor in tfjs layout. Its shape must be `torchShape(spec)`. The caller disposes of it. */
export function tensorFromTorch(weight: StateTensor, spec: ParameterSpec): Tensor {
  const { layout } = spec;
  return tidy(() => {
    // a copy: backends may keep the array they are given, and this one may be a view on a whole file
    const values = tensor(asFloat32(weight.data).slice(), [...weight.shape], 'float32');
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
  // not in a tidy: it would look for tensors in each value of the array it returns, which takes seconds for a model
  const inTorch = layout === 'plain' ? value.clone() : transpose(value, [...LAYOUTS[layout].toTorch]);
  const data = asFloat32(inTorch.dataSync() as Float32Array);
  inTorch.dispose();
  if (data.length !== sizeOf(shape)) throw new Error(`'${name}' gave ${data.length} values for [${shape.join(', ')}].`);
  return { shape, data };
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
