/**
 * What a GPU would take, on paper: each kernel needs at least the time of its operations at the peak rate or that of
 * its bytes through memory, whichever is longer (Williams et al. 2009, the roofline).
 */

export interface Gpu {
  readonly name: string;
  /** Peak of convolutions and matrix products, operations a second. TensorFlow multiplies in TF32 where the GPU can. */
  readonly flops: number;
  /** Peak of its memory, bytes a second. */
  readonly bandwidth: number;
}

/** Peaks of NVIDIA's data sheets, without sparsity: T4 (FP32), A100 40 GB PCIe and H100 SXM (TF32). */
export const GPUS: readonly Gpu[] = [
  { name: 'T4 (FP32)', flops: 8.1e12, bandwidth: 320e9 },
  { name: 'A100 (TF32)', flops: 156e12, bandwidth: 1555e9 },
  { name: 'H100 (TF32)', flops: 494e12, bandwidth: 3350e9 },
];

/** Milliseconds of one kernel, at least. */
export function atLeast({ flops, bandwidth }: Gpu, work: { readonly flops: number; readonly moved: number }): number {
  return 1000 * Math.max(work.flops / flops, work.moved / bandwidth);
}
