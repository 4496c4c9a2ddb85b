export { alphaAt } from './alpha.ts';
export type { AlphaSchedule } from './alpha.ts';
export { createTeacher, disposeTeacher, updateTeacher } from './teacher.ts';
export type { NamedTensors, UpdateOptions } from './teacher.ts';
