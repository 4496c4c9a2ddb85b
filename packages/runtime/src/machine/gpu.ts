import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Flavor } from '../native/layout.ts';

/**
 * The NVIDIA GPUs that the driver shows, by name, as `NVIDIA H100 80GB HBM3`; none under WSL, where it shows nothing.
 */
export function nvidiaGpus(folder = '/proc/driver/nvidia/gpus'): string[] {
  try {
    return readdirSync(folder)
      .sort()
      .map((gpu) => /^Model:\s*(.+?)\s*$/m.exec(readFileSync(join(folder, gpu, 'information'), 'utf8'))?.[1] ?? gpu);
  } catch {
    return [];
  }
}

/**
 * `GPU`, or several as `2 x NVIDIA L4`, with the driver: for `doctor`.
 * @param driver `nvidiaDriver()`
 */
export function describeGpus(driver: string | undefined, gpus: readonly string[] = []): string {
  if (driver === undefined) return 'no NVIDIA driver found';
  const counts = new Map<string, number>();
  for (const name of gpus) counts.set(name, (counts.get(name) ?? 0) + 1);
  const names = [...counts].map(([name, count]) => (count > 1 ? `${count} x ${name}` : name));
  return [...names, names.length > 0 ? `driver ${driver}` : `NVIDIA driver ${driver}`].join(', ');
}

/**
 * Tells a process with several GPUs to use the first, unless the user chose: tfjs-node makes its tensors on the last
 * GPU and TensorFlow runs its ops on the first, so each op would copy between them.
 */
export function chooseGpu(gpus = nvidiaGpus(), env: NodeJS.ProcessEnv = process.env): void {
  if (gpus.length > 1) env['CUDA_VISIBLE_DEVICES'] ??= '0';
}

/**
 * Why a TensorFlow with CUDA runs on the CPU though there is a driver; undefined where it does not, or the user wants
 * it.
 */
export function unseenGpu(state: {
  flavor: Flavor;
  gpu: boolean;
  driver: string | undefined;
  visible?: string | undefined;
}): string | undefined {
  const { flavor, gpu, driver, visible } = state;
  if (gpu || flavor !== 'cuda' || driver === undefined) return undefined;
  if (visible === '' || visible?.startsWith('-1')) return undefined;
  return (
    `TensorFlow has CUDA's libraries and sees no GPU (NVIDIA driver ${driver}), so it runs on the CPU. TF_CPP_MIN_LOG_LEVEL=0 in the ` +
    'environment makes it say why: mostly a driver older than 525, or one that a container does not see.'
  );
}
