import { registerFaster, type AnyKernel, type Kernel, type KernelOutput, type Made } from '@sed/tensor-ops/kernels';
import type { TensorFlowBackend } from './backend.ts';
import { TensorFlowOps } from './ops.ts';

/** A kernel of tensor-ops, made of TensorFlow's ops or of ours. */
export interface NativeKernel {
  readonly kernel: AnyKernel;
  /** @param fused whether TensorFlow's fused ops may be used */
  register: (fused: boolean) => void;
}

/** An implementation, checked against the kernel that it is of. */
export function nativeKernel<Inputs extends object, Attributes extends object, Output extends KernelOutput>(
  kernel: Kernel<Inputs, Attributes, Output>,
  implementation: (ops: TensorFlowOps, inputs: NoInfer<Inputs>, attributes: NoInfer<Attributes>) => Made<Output>,
): NativeKernel {
  return {
    kernel,
    register: (fused) =>
      registerFaster(kernel, 'tensorflow', (inputs, attributes, backend: TensorFlowBackend) =>
        implementation(new TensorFlowOps(backend, fused), inputs, attributes),
      ),
  };
}
