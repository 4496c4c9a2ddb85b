/** The evaluations of a run: which networks, when, and what they are remembered by. */
import { byPreference, startOf } from '@sed/methods';
import type { MetricsRow } from '../metrics/rows.ts';
import { evaluateModel, pseudoLabelQuality } from './evaluate.ts';
import type { PredictOptions } from './predict.ts';
import type { Run } from './run.ts';

/** @returns false where the signal stopped it: the evaluation of this step is still to be done */
export async function evaluateIfDue(run: Run): Promise<boolean> {
  const { options } = run;
  let rows: MetricsRow[];
  try {
    rows = [...(await evaluationRows(run)), ...(await pseudoLabelRows(run))];
  } catch (error) {
    if (options.signal?.aborted) return false;
    throw error;
  }
  rows.forEach((row) => run.emit(row));
  run.validation.add(rows.filter((row) => row.kind === 'eval'));
  return true;
}

async function evaluationRows(run: Run): Promise<MetricsRow[]> {
  const { config, data, detector, plan, state } = run;
  const { step } = state;
  if (!isDue(run, config.evaluation.every) && !config.evaluation.at.includes(step)) return [];
  const rows: MetricsRow[] = [];
  for (const name of config.evaluation.models) {
    const network = state.networks.get(name);
    // until it moves away from the one it was copied from, it would only repeat that one's numbers
    if (!network || (network.role !== 'trained' && step <= startOf(plan.networks[name]!))) continue;
    const onProgress: PredictOptions['onProgress'] = (done, images) =>
      run.send({ kind: 'evaluating', model: name, done, images });
    const predict = { ...predictOptions(run), onProgress };
    rows.push(await evaluateModel(detector, network.parameters, data.validation, { step, model: name }, predict));
  }
  return rows;
}

/** Precision and recall, on unlabeled images whose labels are known, of the network that a teacher would be. */
async function pseudoLabelRows(run: Run): Promise<MetricsRow[]> {
  const { config, data, detector, plan, state } = run;
  const { every, images } = config.telemetry.pseudoLabels;
  if (every === 0 || !isDue(run, every) || !data.hidden) return [];
  const network = state.networks.get(byPreference(plan.networks)[0]!);
  if (!network) return [];
  const at = { step: state.step, seed: config.seed, images };
  return [await pseudoLabelQuality(detector, network.parameters, data.hidden, at, predictOptions(run))];
}

function isDue({ config, state }: Run, every: number): boolean {
  return state.step === config.iterations || (every > 0 && state.step % every === 0);
}

function predictOptions({ config, options }: Run): Pick<PredictOptions, 'input' | 'batch' | 'signal'> {
  return {
    input: config.input,
    batch: config.evaluation.batch,
    ...(options.signal ? { signal: options.signal } : {}),
  };
}
