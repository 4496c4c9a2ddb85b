import { getBackend, memory } from '@tensorflow/tfjs-core';
import type { ProblemSummary } from '@sed/datasets-coco';
import type { StartRow, TrainRow } from '../metrics/rows.ts';
import type { Run } from './run.ts';

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

export function startRow(run: Run, resumed: boolean, notes: readonly string[]): StartRow {
  const { config, data, plan, state, options } = run;
  return {
    kind: resumed ? 'resume' : 'start',
    step: state.step,
    date: new Date().toISOString(),
    versions: { node: process.version, ...options.versions },
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
    networks: Object.entries(plan.networks).map(([name, { role }]) => ({ name, role })),
  };
}

function leftOutOf({ leftOut, byKind }: ProblemSummary): NonNullable<StartRow['leftOut']> {
  return { ...leftOut, faults: Object.fromEntries(byKind.map(({ kind, count }) => [kind, count])) };
}
