/** What the parts of a run share while it goes on. */
import type { StepSetup, Warning } from '@sed/methods';
import { createKeeper, type CheckpointKeeper } from '../checkpoint/keeper.ts';
import type { RunConfig } from '../config/schema.ts';
import type { RunData } from '../data/open.ts';
import type { MetricsRow } from '../metrics/rows.ts';
import { appendMetrics } from '../metrics/writer.ts';
import { checkpointsFolder, metricsFile } from './folder.ts';
import { requireHeld, type FolderLock } from './folder-lock.ts';
import type { TrainingState } from './state.ts';
import type { TrainEvent, TrainOptions } from './types.ts';
import type { Validation } from './validation.ts';

export interface Run extends StepSetup {
  readonly config: RunConfig;
  readonly options: TrainOptions;
  readonly data: RunData;
  readonly state: TrainingState;
  readonly validation: Validation;
  /** What the run went on from. */
  readonly checkpoint: string | undefined;
  readonly lock: FolderLock;
  /** Writes what a run folder has from the start. */
  begin: (folder: string) => void;
  readonly keeper: CheckpointKeeper;
  /** Steps whose checkpoint is written and kept whatever `checkpoints` says. */
  readonly always: ReadonlySet<number>;
  /** Rows that could not be written; a checkpoint keeps them. */
  readonly unwritten: MetricsRow[];
  emit(...rows: MetricsRow[]): void;
  send(event: TrainEvent): void;
  warn(step: number, warning: Warning): void;
}

/** What a run is made of. */
export type RunParts = Omit<Run, 'keeper' | 'always' | 'unwritten' | 'emit' | 'send' | 'warn'>;

export function createRun(parts: RunParts): Run {
  const { config, options, plan, lock } = parts;
  const milestones = config.schedule.kind === 'step' ? config.schedule.milestones : [];
  const send = (event: TrainEvent) => options.onEvent?.(event);
  const unwritten: MetricsRow[] = [];
  const emit = (...rows: MetricsRow[]) => {
    unwritten.push(...rows);
    requireHeld(options.out, lock);
    while (unwritten.length > 0) {
      const row = unwritten[0]!;
      appendMetrics(metricsFile(options.out), row);
      unwritten.shift();
      send(row);
    }
  };
  return {
    ...parts,
    keeper: createKeeper(checkpointsFolder(options.out), config.checkpoints.keep),
    always: new Set([...plan.starts, ...milestones, config.iterations]),
    unwritten,
    emit,
    send,
    warn: (step, { code, message }) => emit({ kind: 'warning', step, code, message }),
  };
}

/** Why the run is done before its last iteration; undefined where it is not. */
export function endsEarly({ config, state, validation }: Run): string | undefined {
  return state.step < config.iterations ? validation.reasonToStop() : undefined;
}
