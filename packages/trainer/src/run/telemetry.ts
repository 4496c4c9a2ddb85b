import { getBackend, memory } from '@tensorflow/tfjs-core';
import type { ProblemSummary } from '@sed/datasets-coco';
import type { RunConfig } from '../config/schema.ts';
import type { RunData } from '../data/open.ts';
import type { StartRow, TrainRow } from '../metrics/rows.ts';
import type { TrainOptions } from './types.ts';

const MEGABYTE = 2 ** 20;

/** Tensors of tfjs, and the resident memory of the process, which also sees what the backend holds. */
export function memoryNow(): TrainRow['memory'] {
  const { numTensors, numBytes } = memory();
  return {
    tensors: numTensors,
    megabytes: Math.round(numBytes / MEGABYTE),
    rssMegabytes: Math.round(process.memoryUsage.rss() / MEGABYTE),
  };
}

export function startRow(
  config: RunConfig,
  data: RunData,
  step: number,
  resumed: boolean,
  notes: readonly string[],
  versions: TrainOptions['versions'],
): StartRow {
  return {
    kind: resumed ? 'resume' : 'start',
    step,
    date: new Date().toISOString(),
    versions: { node: process.version, ...versions },
    backend: getBackend(),
    seed: config.seed,
    notes,
    images: {
      labeled: data.labeled.images.length,
      unlabeled: data.unlabeled?.images.length ?? 0,
      validation: data.validation.images.length,
    },
    ...(data.problems ? { leftOut: leftOutOf(data.problems) } : {}),
    classes: data.classes,
  };
}

function leftOutOf({ leftOut, byKind }: ProblemSummary): NonNullable<StartRow['leftOut']> {
  return { ...leftOut, faults: Object.fromEntries(byKind.map(({ kind, count }) => [kind, count])) };
}
