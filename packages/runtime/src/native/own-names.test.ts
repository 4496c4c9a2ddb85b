/** An op of ours runs by its kernel's name: `native/kernels` and tensor-ops must agree on all of them. */
import { readFileSync } from 'node:fs';
import { activationGradientKernel } from '@sed/tensor-ops/kernels';
import * as kernels from '@sed/tensor-ops/kernels';
import { KERNEL_SOURCES, nativeSource } from './binding.ts';
import { OWN_KERNELS } from './register.ts';

const sorted = (names: Iterable<string>): string[] => [...names].sort();

/** Kernels of tensor-ops, each of which is exported under its own name. */
const defined = Object.values(kernels).flatMap((value) => (typeof value === 'object' ? [value.name] : []));

test('the ops that the C++ sources register are the kernels with an implementation by one, each once', () => {
  const text = KERNEL_SOURCES.map((name) => readFileSync(nativeSource(name), 'utf8')).join('\n');
  const registered = [...text.matchAll(/sed::Register<\w+>\(\s*"(\w+)"/g)].map(([, name]) => name!);
  expect(registered).toHaveLength([...text.matchAll(/sed::Register</g)].length);
  expect(sorted(registered)).toEqual(sorted(OWN_KERNELS.map(({ kernel }) => kernel.name)));
});

test('every kernel of tensor-ops has one, but the one that TensorFlow has itself', () => {
  const own = OWN_KERNELS.map(({ kernel }) => kernel.name);
  expect(sorted(defined)).toEqual(sorted([...own, activationGradientKernel.name]));
  expect(new Set(defined).size).toBe(defined.length);
});
