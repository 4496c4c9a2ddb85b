import { nativePlatform } from '../machine/platform.ts';
import { PINS, pinned } from './pins.ts';
import { NVIDIA, NVIDIA_FILES, ONEDNN, tensorflowRequirement, usesOneDnn } from './wheels.ts';

test('every wheel that an installation fetches has a pinned hash, and no other one is fetched', () => {
  for (const arch of ['x64', 'arm64'] as const) {
    const fetched = [tensorflowRequirement('cpu', arch)];
    if (usesOneDnn('cpu', arch)) fetched.push(...ONEDNN.map(({ requirement }) => requirement));
    if (arch === 'x64') fetched.push(tensorflowRequirement('cuda', arch), ...NVIDIA);
    for (const requirement of fetched)
      expect(pinned(requirement, arch)).toMatch(/^[a-z0-9-]+==[0-9.]+ --hash=sha256:[0-9a-f]{64}$/);
    expect(fetched.sort()).toEqual(Object.keys(PINS[arch]).sort());
  }
  expect(() => pinned('tensorflow==2.22.0', 'x64')).toThrow(/no pinned hash of tensorflow==2\.22\.0 for x64/);
  expect(() => pinned('tbb==2021.13.1', 'arm64')).toThrow(/for arm64/);
});

test('CUDA is every part that TensorFlow 2.21 names under and-cuda', () => {
  const named =
    'cublas cuda-cupti cuda-nvcc cuda-nvrtc cuda-runtime cudnn cufft curand cusolver cusparse nccl nvjitlink';
  expect(NVIDIA.map((requirement) => requirement.replace(/^nvidia-|-cu12==.*$/g, ''))).toEqual(named.split(' '));
});

test('the wheel by machine', () => {
  expect(tensorflowRequirement('cpu', 'x64')).toBe('tensorflow-cpu==2.21.0');
  expect(tensorflowRequirement('cuda', 'x64')).toBe('tensorflow==2.21.0');
  expect(tensorflowRequirement('cpu', 'arm64')).toBe('tensorflow==2.21.0');
});

test('where there is no wheel to use, a sentence says so', () => {
  expect(nativePlatform('darwin', 'arm64', undefined)).toMatchObject({
    supported: false,
    reason: expect.stringMatching(/this is darwin on arm64/),
  });
  expect(nativePlatform('win32', 'x64', undefined)).toMatchObject({ supported: false });
  expect(nativePlatform('linux', 'x64', 17)).toMatchObject({
    supported: false,
    reason: expect.stringMatching(/glibc 2\.17/),
  });
  const linux = nativePlatform('linux', 'x64', 36);
  expect(linux.supported && linux.tags.slice(0, 2)).toEqual(['manylinux_2_36_x86_64', 'manylinux_2_35_x86_64']);
  expect(nativePlatform('linux', 'arm64', 31)).toMatchObject({
    supported: true,
    tags: expect.arrayContaining(['manylinux_2_27_aarch64']),
  });
});

test("of NVIDIA's wheels the libraries are taken that TensorFlow opens", () => {
  const taken = (name: string): boolean => NVIDIA_FILES.some((pattern) => new RegExp(`^(?:${pattern})`).test(name));
  for (const name of [
    'cublas/lib/libcublasLt.so.12',
    'cudnn/lib/libcudnn_engines_precompiled.so.9',
    'cuda_nvrtc/lib/libnvrtc.so.12',
    'cuda_nvrtc/lib/libnvrtc-builtins.so.12.9',
    'cusolver/lib/libcusolver.so.11',
    'cuda_nvcc/bin/ptxas',
  ])
    expect(`${name} ${taken(`nvidia/${name}`)}`).toBe(`${name} true`);
  for (const name of [
    'cudnn/include/cudnn.h',
    'cusolver/lib/libcusolverMg.so.11',
    'cuda_nvrtc/lib/libnvrtc.alt.so.12',
    'cuda_nvrtc/lib/libnvrtc-builtins.alt.so.12.9',
    'cufft/lib/libcufftw.so.11',
    'cublas/lib/libnvblas.so.12',
  ])
    expect(`${name} ${taken(`nvidia/${name}`)}`).toBe(`${name} false`);
});
