/** Whether a run starts with a config: what `train` itself does before its first step, and nothing is written. */
import { checkRun, type RunConfig } from '@sed/trainer';
import { isWeightsName, namedWeights } from '@sed/trainer/named-weights';
import { adviceOn, inOptions } from '../advice.ts';
import { prepare } from '../backend.ts';
import type { Context } from '../context.ts';
import { withCheckCommand } from './check-command.ts';
import type { Talk } from '../ui/console.ts';
import { shownFrom } from '../ui/path.ts';
import { progressBar } from '../ui/progress-bar.ts';
import { duration } from '../ui/text.ts';

export interface StartReport {
  /** Why it would not start; undefined where it would. */
  readonly stops?: string;
  /** What stops nothing and makes a run useless or long. */
  readonly warnings: readonly string[];
  /** What the run says of its data and of itself. */
  readonly notes: readonly string[];
  /** Seconds of training, roughly, where it was measured. */
  readonly expectedSeconds?: number;
}

/** @param signal stops the reading of images */
export async function checkStart(
  asked: RunConfig,
  talk: Talk,
  context: Context,
  signal?: AbortSignal,
): Promise<StartReport> {
  const notes: string[] = [];
  const fetched = withFetched(asked, context);
  if (!fetched) notes.push(`The weights ${asked.detector.weights} are not on this machine yet: a run fetches them.`);
  const config = fetched ?? { ...asked, detector: { ...asked.detector, weights: null } };
  await prepare();
  try {
    const run = await checkRun(config, {
      // the check of the data has decoded them
      read: 'header',
      signal,
      onProgress: (done, images) =>
        talk.status(progressBar('reading images', done / images, `${done} of ${images} images`)),
      log: (line) => void notes.push(line),
    });
    const { data, warnings, expectedSeconds } = run;
    // without its weights the backbone looks like a random one
    const meant = warnings.filter(({ code }) => fetched || code !== 'frozen-random');
    return {
      warnings: meant.map(({ message }) => message),
      notes: [...data.notes, ...notes].map(withCheckCommand),
      ...(expectedSeconds === undefined ? {} : { expectedSeconds }),
    };
  } catch (error) {
    const stops = [inOptions(error as Error), ...adviceOn(error, (path) => shownFrom(context.io.cwd, path))];
    return { stops: stops.join('\n'), warnings: [], notes };
  }
}

/**
 * The config with the file of weights that have a name; undefined where it is to be fetched, as `train` does: that is
 * no fault.
 */
function withFetched(config: RunConfig, { io }: Context): RunConfig | undefined {
  const { weights } = config.detector;
  if (weights === null || !isWeightsName(weights)) return config;
  try {
    return { ...config, detector: { ...config.detector, weights: namedWeights(weights, io.env) } };
  } catch {
    return undefined;
  }
}

/** What a report says of the start, below what it says of the data. */
export function startText({ stops, warnings, notes, expectedSeconds }: StartReport): string {
  const lines = stops === undefined ? [] : ['The run stops before its first step:', ...indent(stops)];
  const time = expectedSeconds === undefined ? '' : ` Training takes roughly ${duration(expectedSeconds)} here.`;
  const verdict =
    stops === undefined ? `A run starts with this config.${time}` : 'A run does not start with this config.';
  return [...lines, ...startLines({ warnings, notes }), verdict].join('\n');
}

/** What a run that starts would say. */
export function startLines({ warnings, notes }: Pick<StartReport, 'warnings' | 'notes'>): string[] {
  return [
    ...(warnings.length > 0 ? ['Warnings of the run:', ...warnings.flatMap(indent)] : []),
    ...(notes.length > 0 ? ['The run says:', ...notes.flatMap(indent)] : []),
  ];
}

const indent = (text: string): string[] => text.split('\n').map((line, i) => `${i === 0 ? '  ' : '    '}${line}`);
