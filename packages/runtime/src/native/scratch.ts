import type { Tensor } from '@tensorflow/tfjs-core';

/** The temporaries of one kernel: tfjs frees what an op leaves behind, but not what a kernel does. */
export class Scratch {
  readonly #tensors: Tensor[] = [];

  /** Runs `body` and disposes of what it kept, also when it throws. */
  static use(body: (scratch: Scratch) => Tensor): Tensor {
    const scratch = new Scratch();
    try {
      return body(scratch);
    } finally {
      for (const tensor of scratch.#tensors) tensor.dispose();
    }
  }

  /** Marks a tensor for disposal at the end. */
  keep(tensor: Tensor): Tensor {
    this.#tensors.push(tensor);
    return tensor;
  }

  /** Makes a tensor out of another, which is disposed of at once. */
  replace(tensor: Tensor, make: (tensor: Tensor) => Tensor): Tensor {
    try {
      return make(tensor);
    } finally {
      tensor.dispose();
    }
  }
}
