import type { RunConfig, TrainResult } from '@sed/trainer';
import { networksOf } from '../runs/networks.ts';
import { shellWord } from '../ui/shell.ts';
import { duration, percent, table } from '../ui/text.ts';

type Ended = Pick<TrainResult, 'step' | 'seconds' | 'checkpoint' | 'best' | 'stoppedEarly'>;

/**
 * What the end of a run says: how it ended, where the best and the last weights are, what to type next.
 * @param out the run folder as the user typed it
 * @param shown a path as the user would type it
 */
export function endingText(
  result: Ended,
  config: Pick<RunConfig, 'iterations' | 'checkpoints'>,
  out: string,
  shown: (path: string) => string,
): string {
  const { step, seconds, checkpoint, best, stoppedEarly } = result;
  const how =
    stoppedEarly === undefined
      ? `Done: ${step} iterations, ${duration(seconds)} of training.`
      : `Stopped early at iteration ${step} of ${config.iterations}, after ${duration(seconds)} of training. ${stoppedEarly}`;
  const models = new Map(Object.entries(best?.models ?? {}));
  const rows = networksOf(undefined, models.keys()).flatMap(({ name }) => {
    const found = models.get(name);
    return best && found
      ? [['best', name, `iteration ${found.step}`, `${best.metric} ${percent(found.value)}`, shown(found.checkpoint)]]
      : [];
  });
  const lines = table([...rows, ['last', '', `iteration ${step}`, '', shown(checkpoint)]], '  ', [0, 1, 2, 4]);
  const without =
    rows.length > 0 ? [] : [`  There is no best: ${whyNone(config)} The last is taken where a run is named.`];
  const folder = shellWord(out);
  const on =
    stoppedEarly === undefined
      ? []
      : [`  sed-cli train --out ${folder} --resume --set earlyStopping=null   (trains on)`];
  return [
    how,
    lines,
    ...without,
    'Next:',
    `  sed-cli predict --run ${folder} --images <folder> --out found.json --draw drawn`,
    `  sed-cli report ${folder}`,
    ...on,
  ].join('\n');
}

function whyNone({ checkpoints }: Pick<RunConfig, 'checkpoints'>): string {
  return checkpoints.best === null
    ? '"checkpoints.best" is null.'
    : `no evaluation found ${checkpoints.best.metric} above 0.`;
}
