export { expectNoLeak, onEveryBackend } from './backends.ts';
export { expectClose } from './close.ts';
export { fakeWebgpu } from './fake-webgpu.ts';
export { expectSample, hashedParameters, uniform, type HashedSpec, type Sample } from './hashed.ts';
