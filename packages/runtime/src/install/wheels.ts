import { TENSORFLOW_VERSION, type Flavour } from '../native/layout.ts';

/** TensorFlow's libraries, and of its 260 MB of headers the C API and what that includes. */
export const TENSORFLOW_FILES = [
  'tensorflow/libtensorflow_(cc|framework)\\.so\\.2$',
  'tensorflow/include/tensorflow/c/[^/]+\\.h$',
  'tensorflow/include/tensorflow/c/eager/[^/]+\\.h$',
  'tensorflow/include/tensorflow/core/platform/ctstring[^/]*\\.h$',
  'tensorflow/include/(xla/)?tsl/c/[^/]+\\.h$',
  'tensorflow/include/(xla/)?tsl/platform/ctstring[^/]*\\.h$',
];

/** CUDA's libraries, and what TensorFlow runs to build a kernel that it has no binary of for a new GPU. */
export const NVIDIA_FILES = ['nvidia/[^/]+/lib/[^/]+\\.so[.0-9]*$', 'nvidia/cuda_nvcc/(bin|nvvm)/'];

export function tensorflowRequirement(flavour: Flavour, arch: string = process.arch): string {
  // For arm64 `tensorflow` itself is a CPU build, and tensorflow-cpu is another name of it.
  return flavour === 'cuda' || arch === 'arm64'
    ? `tensorflow==${TENSORFLOW_VERSION}`
    : `tensorflow-cpu==${TENSORFLOW_VERSION}`;
}

/**
 * The NVIDIA wheels that TensorFlow's own metadata names under its extra `and-cuda`, as pip requirements.
 * @param metadata text of the wheel's METADATA
 */
export function nvidiaRequirements(metadata: string): string[] {
  const found: string[] = [];
  for (const line of metadata.split('\n')) {
    const match = /^Requires-Dist:\s*(nvidia-[A-Za-z0-9_.-]+)\s*(\([^)]*\)|[^;]*);.*extra\s*==\s*["']and-cuda["']/.exec(
      line.trim(),
    );
    if (match) found.push(`${match[1]}${(match[2] ?? '').replace(/[()\s]/g, '')}`);
  }
  return found;
}
