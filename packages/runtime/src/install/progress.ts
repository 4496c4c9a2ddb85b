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

/** Builds progress reports with a rate out of byte counts. The bytes told never fall and never exceed the total. */
export function meter(stage: InstallStage, item: string, onProgress: ((p: InstallProgress) => void) | undefined) {
  const begun = performance.now();
  let first: number | undefined;
  let most = 0;
  return (found: number, totalBytes?: number): void => {
    if (!onProgress) return;
    first ??= found; // what a killed installation had left does not count for the rate
    most = Math.max(most, found);
    const bytes = totalBytes ? Math.min(most, totalBytes) : most;
    const seconds = (performance.now() - begun) / 1000;
    onProgress({
      stage,
      item,
      megabytes: bytes / 1e6,
      ...(seconds > 0 && bytes > first ? { rate: (bytes - first) / 1e6 / seconds } : {}),
      ...(totalBytes ? { totalMegabytes: totalBytes / 1e6, percent: (100 * bytes) / totalBytes } : {}),
    });
  };
}
