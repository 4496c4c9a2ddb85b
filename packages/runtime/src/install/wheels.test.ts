import { nativePlatform } from '../machine/platform.ts';
import { NVIDIA_FILES, nvidiaRequirements, tensorflowRequirement } from './wheels.ts';

test('the NVIDIA wheels are those of the extra and-cuda', () => {
  const metadata = [
    'Requires-Dist: absl-py>=1.0.0',
    "Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == 'and-cuda'",
    'Requires-Dist: nvidia-cudnn-cu12 (<10.0,>=9.3.0.75) ; extra == "and-cuda"',
    "Requires-Dist: nvidia-other; extra == 'elsewhere'",
  ].join('\n');
  expect(nvidiaRequirements(metadata)).toEqual([
    'nvidia-cublas-cu12<13.0,>=12.5.3.2',
    'nvidia-cudnn-cu12<10.0,>=9.3.0.75',
  ]);
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
