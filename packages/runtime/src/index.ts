export { describeRuntime } from './describe.ts';
export { inspectRuntime } from './inspect.ts';
export type { InspectOptions, NativeReport, RuntimeReport } from './inspect.ts';
export { installRuntime } from './install/install.ts';
export type { InstallOptions, InstallResult } from './install/install.ts';
export { progressLine } from './install/report-progress.ts';
export type { InstallProgress, InstallStage } from './install/progress.ts';
export { prepareBackend } from './prepare.ts';
export type { BackendName, PreparedBackend, PrepareOptions } from './prepare.ts';
