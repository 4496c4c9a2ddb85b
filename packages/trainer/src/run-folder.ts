/** `@sed/trainer/run-folder`: what lies in the folder of a run, and whether it is in use. */
export { checkpointSteps, newestCheckpoint, readCheckpoint, type StoredCheckpoint } from './checkpoint/files.ts';
export { isCheckpoint } from './run/choose-checkpoint.ts';
export { isLockFile } from './run/folder.ts';
export { refuseRunning } from './run/folder-lock.ts';
