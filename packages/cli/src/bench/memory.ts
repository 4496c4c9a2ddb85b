/** Whether memory stays flat over many steps. */
import * as tf from '@tensorflow/tfjs-core';
import { table } from '../ui/text.ts';
import { tenths } from './models.ts';

export interface MemoryRow {
  readonly step: number;
  /** Resident memory of the process. */
  readonly rss_mib: number;
  readonly tensors: number;
  readonly tensor_mib: number;
}

export function memoryNow(step: number): MemoryRow {
  const { numTensors, numBytes } = tf.memory();
  const rss_mib = tenths(process.memoryUsage.rss() / 2 ** 20);
  return { step, rss_mib, tensors: numTensors, tensor_mib: tenths(numBytes / 2 ** 20) };
}

export interface MemoryVerdict {
  /** Whether the number of tensors never changed. */
  readonly constant: boolean;
  /** Resident memory gained over the second half of the steps, where caches are filled. */
  readonly rss_growth_mib: number;
}

export function judge(rows: readonly MemoryRow[]): MemoryVerdict {
  const [first, last] = [rows[0]!, rows.at(-1)!];
  const middle = rows[rows.length >> 1]!;
  return {
    constant: rows.every(({ tensors }) => tensors === first.tensors),
    rss_growth_mib: tenths(last.rss_mib - middle.rss_mib),
  };
}

export function memoryText(rows: readonly MemoryRow[], { constant, rss_growth_mib }: MemoryVerdict): string {
  const changed = rows.find(({ tensors }) => tensors !== rows[0]!.tensors);
  return [
    table([
      ['after step', 'resident MiB', 'tensors', 'MiB of tensors'],
      ...rows.map((row) => [String(row.step), row.rss_mib.toFixed(1), String(row.tensors), row.tensor_mib.toFixed(1)]),
    ]),
    `resident memory grew by ${rss_growth_mib.toFixed(1)} MiB over the second half`,
    constant
      ? `${rows[0]!.tensors} tensors after every step`
      : `The number of tensors changes: ${rows[0]!.tensors} after step ${rows[0]!.step}, ${changed!.tensors} after step ${changed!.step}. A step leaves tensors behind.`,
  ].join('\n');
}
