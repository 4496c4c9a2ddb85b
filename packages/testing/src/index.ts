export { expectNoLeak, expectNoLeakAsync, onEveryBackend } from './backends.ts';
export { expectClose } from './close.ts';
export { fakeWebgpu } from './fake-webgpu.ts';
export { draws, expectSample, hashedParameters, uniform, type Draws, type HashedSpec, type Sample } from './hashed.ts';
