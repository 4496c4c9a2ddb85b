import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AnyMethod } from '@sed/methods';
import type { PreparedBackend } from '@sed/runtime';
import {
  abandonedThreads,
  ConfigError,
  isLockFile,
  isWeightsName,
  loadConfig,
  refuseRunning,
  rescale,
  train,
  withIterations,
  type RunConfig,
} from '@sed/trainer';
import { inOptions, resumeCommand } from '../advice.ts';
import { prepare } from '../backend.ts';
import type { Context } from '../context.ts';
import { withCheckCommand } from '../data/check-command.ts';
import { UsageError } from '../errors.ts';
import { createTalk, type Talk } from '../ui/console.ts';
import { onStop } from '../ui/on-stop.ts';
import { shownFrom } from '../ui/path.ts';
import { pretrainedWeights } from '../weights/pretrained.ts';
import { createDisplay } from './display.ts';
import { endingText } from './ending.ts';
import { methodsWith } from './own-methods.ts';
import { versions } from './versions.ts';

export interface TrainChoices {
  readonly config?: string;
  readonly out: string;
  readonly set?: readonly string[];
  /** A module of the user's with methods. */
  readonly methods?: string;
  readonly batch?: string;
  readonly iterations?: number;
  readonly accumulate?: number;
  readonly initFrom?: string;
  readonly resume?: boolean;
  readonly acceptChangedData?: boolean;
  readonly quiet?: boolean;
  readonly report: boolean;
  readonly json?: boolean;
}

/** `sed-cli train`: the config is checked before anything is loaded or downloaded. */
export async function trainCommand(options: TrainChoices, context: Context): Promise<void> {
  const { io } = context;
  const talk = createTalk(io);
  const out = context.path(options.out);
  await checkOut(out, options);
  const methods = await methodsWith(options.methods === undefined ? undefined : context.path(options.methods));
  const { config: asked, notes } = readConfig(options, methods, out, context);
  const config = await withWeights(asked, talk, context);

  setThreads(config.threads);
  const backend = await prepare();
  talk.say(describeBackend(backend));
  if (backend.warning) talk.warn(backend.warning);

  const abort = new AbortController();
  const stopListening = onStop(io, () => {
    talk.say('Stopping after this step, with a checkpoint. Ctrl-C again to stop at once.');
    abort.abort();
  });
  const ownMethods = options.methods === undefined ? '' : ` --methods ${options.methods}`;
  const display = createDisplay(talk, io, config, options.quiet === true);
  let ending: string;
  try {
    const result = await train(config, {
      out,
      methods,
      resume: options.resume === true,
      acceptChangedData: options.acceptChangedData === true,
      signal: abort.signal,
      onEvent: display.event,
      log: (line) => talk.say(withCheckCommand(line)),
      notes,
      versions: await versions(backend),
    });
    display.end();
    if (options.json) context.json(result);
    if (result.stopped) {
      talk.say(
        `Stopped at iteration ${result.step} of ${config.iterations}. Go on with: ${resumeCommand(options.out)}${ownMethods}`,
      );
      context.exit(1);
      return;
    }
    ending = endingText(result, config, options.out, (path) => short(path, context));
  } finally {
    display.end();
    stopListening();
    if (abandonedThreads() > 0) io.abandonThreads();
  }
  if (options.report) await writeReport(out, talk, context);
  talk.say(ending);
}

async function checkOut(out: string, options: TrainChoices): Promise<void> {
  refuseRunning(out);
  const there = existsSync(out)
    ? await readdir(out).catch(() => {
        throw new UsageError(`--out ${options.out} is a file; it must be a folder.`);
      })
    : [];
  if (there.some((name) => !isLockFile(name)) && !options.resume) {
    throw new UsageError(
      `--out ${options.out} exists and is not empty. Give another folder, or --resume to go on with the run in it.`,
    );
  }
  if (options.acceptChangedData && !options.resume)
    throw new UsageError('--accept-changed-data is for a run that goes on: give --resume as well.');
  if (options.config === undefined && !options.resume)
    throw new UsageError('--config is missing: which run? (Only with --resume the config of the run folder is taken.)');
  if (options.config === undefined && !there.includes('config.json')) {
    throw new UsageError(`--out ${options.out} has no config.json to resume from. Give --config to start a run there.`);
  }
}

function readConfig(
  options: TrainChoices,
  methods: readonly AnyMethod[],
  out: string,
  context: Context,
): { config: RunConfig; notes: readonly string[] } {
  const batch = options.batch === undefined ? undefined : parseBatch(options.batch);
  const file = options.config === undefined ? join(out, 'config.json') : context.path(options.config);
  const initFrom = options.initFrom === undefined ? [] : [`initFrom=${JSON.stringify(context.path(options.initFrom))}`];
  const { iterations, resume } = options;
  const longer = resume && iterations !== undefined ? [`iterations=${iterations}`] : [];
  try {
    const config = loadConfig(file, [...(options.set ?? []), ...longer, ...initFrom], { methods });
    const ofBatch =
      batch === undefined && options.accumulate === undefined
        ? { config, notes: [] }
        : rescale(config, { ...(batch ?? config.batch), ...accumulateOf(options) }, methods);
    if (iterations === undefined || resume) return ofBatch;
    const ofLength = withIterations(ofBatch.config, iterations, methods);
    return { config: ofLength.config, notes: [...ofBatch.notes, ...ofLength.notes] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new UsageError(inOptions(error) + lengthHint(options, error));
  }
}

/** Who set the iterations alone probably wants a run of another length. */
function lengthHint({ set = [], resume }: TrainChoices, { problems }: ConfigError): string {
  const asked = [...set].reverse().find((assignment) => /^\s*iterations\s*=/.test(assignment));
  if (asked === undefined || resume || !problems.some((p) => p.includes('iteration'))) return '';
  return `\n→ --iterations ${asked.split('=')[1]!.trim()} in place of --set ${asked} shortens or lengthens the whole schedule with the run`;
}

const accumulateOf = ({ accumulate }: TrainChoices) => (accumulate === undefined ? {} : { accumulate });

/** `2` or `2+4`. */
function parseBatch(text: string): { labeled: number; unlabeled?: number } {
  const found = /^([1-9]\d*)(?:\+([1-9]\d*))?$/.exec(text.trim());
  if (!found) throw new UsageError(`--batch is "${text}"; write the images of a step as labeled+unlabeled, e.g. 2+2.`);
  return { labeled: Number(found[1]), ...(found[2] === undefined ? {} : { unlabeled: Number(found[2]) }) };
}

/** Weights that have a name become a file of this user's cache. */
async function withWeights(config: RunConfig, talk: Talk, context: Context): Promise<RunConfig> {
  const { weights } = config.detector;
  if (weights === null || !isWeightsName(weights)) return config;
  const path = await pretrainedWeights(weights, { download: true, env: context.io.env, log: (line) => talk.say(line) });
  return { ...config, detector: { ...config.detector, weights: path } };
}

/** TensorFlow reads its number of threads from the environment when it is loaded. */
function setThreads(threads: number | null): void {
  if (threads !== null) process.env['TF_NUM_INTRAOP_THREADS'] = String(threads);
}

function describeBackend(backend: PreparedBackend): string {
  if (backend.backend !== 'tensorflow') return `Backend: ${backend.backend}.`;
  return `Backend: TensorFlow ${backend.tensorflow ?? ''} on the ${backend.gpu ? 'GPU' : 'CPU'}.`;
}

async function writeReport(out: string, talk: Talk, context: Context): Promise<void> {
  const { writeReportFile } = await import('../report/write.ts');
  const path = join(out, 'report.html');
  // The run is done and on the disk: a page that fails must not make it a failure.
  try {
    await writeReportFile([out], path, { images: 6, talk });
    talk.say(`Report: ${short(path, context)}`);
  } catch (error) {
    talk.warn(`The report could not be made: ${(error as Error).message}`);
  }
}

const short = (path: string, { io }: Context): string => shownFrom(io.cwd, path);
