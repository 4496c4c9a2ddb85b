import { TENSORFLOW_VERSION, type Flavor } from '../native/layout.ts';
import { PINS } from './pins.ts';

/** TensorFlow's libraries, and of its 260 MB of headers the C API and what that includes. */
export const TENSORFLOW_FILES = [
  'tensorflow/libtensorflow_(cc|framework)\\.so\\.2$',
  'tensorflow/include/tensorflow/c/[^/]+\\.h$',
  'tensorflow/include/tensorflow/c/eager/[^/]+\\.h$',
  'tensorflow/include/tensorflow/c/experimental/stream_executor/[^/]+\\.h$',
  'tensorflow/include/tensorflow/core/common_runtime/next_pluggable_device/c/[^/]+\\.h$',
  'tensorflow/include/tensorflow/core/platform/ctstring[^/]*\\.h$',
  'tensorflow/include/(xla/)?tsl/c/[^/]+\\.h$',
  'tensorflow/include/(xla/)?tsl/platform/(ctstring[^/]*|platform)\\.h$',
];

/** A wheel of which some files are taken, into a folder of their own. */
export interface KernelWheel {
  readonly requirement: string;
  /** Regular expression of the files' paths; what it matches before the group is left out of the paths they get. */
  readonly files: string;
}

/**
 * oneDNN on oneTBB's threads, and the headers of both. Later oneDNNs on PyPI come with Intel's SYCL runtime, 300 MB
 * more.
 */
export const ONEDNN: readonly KernelWheel[] = [
  { requirement: 'onednn-cpu-tbb==2023.2.0', files: '[^/]+\\.data/data/lib/(libdnnl\\.so\\.3)$' },
  { requirement: 'tbb==2021.13.1', files: '[^/]+\\.data/data/lib/(libtbb\\.so\\.12)$' },
  { requirement: 'onednn-devel-cpu-tbb==2023.2.0', files: '[^/]+\\.data/data/(include/.*)' },
  { requirement: 'tbb-devel==2021.13.1', files: '[^/]+\\.data/data/(include/.*)' },
];

/** Whether there is a oneDNN to fetch: for x64 alone, and a GPU has no use for it. */
export function usesOneDnn(flavor: Flavor, arch: string = process.arch): boolean {
  return flavor === 'cpu' && arch === 'x64';
}

/**
 * Libraries beside CUDA's that TensorFlow does not open: for several GPUs, for programs of BLAS and FFTW, older
 * compilers.
 */
const NOT_OPENED = ['libcusolverMg', 'libnvblas', 'libcufftw', 'libnvrtc(-builtins)?\\.alt'];

/** CUDA's libraries, and what TensorFlow runs to build a kernel that it has no binary of for a new GPU. */
export const NVIDIA_FILES = [
  `nvidia/[^/]+/lib/(?!${NOT_OPENED.join('|')})[^/]+\\.so[.0-9]*$`,
  'nvidia/cuda_nvcc/(bin|nvvm)/',
];

export function tensorflowRequirement(flavor: Flavor, arch: string = process.arch): string {
  // For arm64 `tensorflow` itself is a CPU build, and tensorflow-cpu is another name of it.
  return flavor === 'cuda' || arch === 'arm64'
    ? `tensorflow==${TENSORFLOW_VERSION}`
    : `tensorflow-cpu==${TENSORFLOW_VERSION}`;
}

/**
 * The wheels of CUDA and cuDNN for a TensorFlow with `cuda`: what pip made of the ranges that TensorFlow names under
 * its extra `and-cuda` on the day of the pins.
 */
export const NVIDIA: readonly string[] = Object.keys(PINS.x64).filter((requirement) =>
  requirement.startsWith('nvidia-'),
);
