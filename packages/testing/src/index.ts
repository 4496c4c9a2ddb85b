export { expectNoLeak, onEveryBackend } from './backends.ts';
export { expectClose } from './close.ts';
