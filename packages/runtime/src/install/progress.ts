/** What an installation is doing. */
export type InstallStage = 'download' | 'unpack' | 'compile' | 'check';

export interface InstallProgress {
  stage: InstallStage;
  /** What it is doing it with: a wheel's file name, a library, the compiler. */
  item: string;
  /** Of this stage and item, 0 to 100; undefined while the size is not known. */
  percent?: number;
  megabytes?: number;
  totalMegabytes?: number;
  /** Megabytes a second, since the stage's item began. */
  rate?: number;
}

/** Builds progress reports with a rate out of byte counts. */
export function meter(stage: InstallStage, item: string, onProgress: ((p: InstallProgress) => void) | undefined) {
  const begun = performance.now();
  let first: number | undefined;
  return (bytes: number, totalBytes?: number): void => {
    if (!onProgress) return;
    first ??= bytes; // what a killed installation had left does not count for the rate
    const seconds = (performance.now() - begun) / 1000;
    onProgress({
      stage,
      item,
      megabytes: bytes / 1e6,
      ...(seconds > 0 ? { rate: (bytes - first) / 1e6 / seconds } : {}),
      ...(totalBytes ? { totalMegabytes: totalBytes / 1e6, percent: Math.min(100, (100 * bytes) / totalBytes) } : {}),
    });
  };
}
