import * as tf from '@tensorflow/tfjs-core';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { median } from '../report/runs.ts';
import { short } from '../ui/text.ts';
import { benchGrid, countsOf, type Measure } from './grid.ts';
import { benchInputs } from './inputs.ts';
import { startBackend, timeRuns, type LoopChoices } from './loop.ts';
import { judge, memoryNow, memoryText, type MemoryRow } from './memory.ts';
import { createBenchModel, peakRssMib, requireMultiple, tenths, type ModelChoices } from './models.ts';
import { profileFields, profileReport, writeProfile } from './profile/profile.ts';
import { createStep } from './step.ts';

export interface StepChoices extends ModelChoices, LoopChoices {
  readonly size: readonly number[];
  readonly labeled?: number;
  readonly unlabeled?: number;
  /** Labeled images and as many unlabeled ones. */
  readonly batch?: readonly number[];
  /** Memory is looked at after every so many steps. */
  readonly memory?: number;
}

/** Images of a step: `--batch`, or `--labeled` and `--unlabeled`. */
type Images = { readonly labeled: number; readonly unlabeled: number };

/** `sed-cli bench step`. @param measure what measures one of several points; default a process */
export async function benchStep(options: StepChoices, context: Context, measure?: Measure): Promise<void> {
  for (const size of options.size) requireMultiple(size, 64, 'so that the grids of an image and of its half agree');
  if (options.batch && (options.labeled ?? options.unlabeled) !== undefined) {
    throw new UsageError('--batch sets labeled and unlabeled images alike; give it, or --labeled and --unlabeled.');
  }
  const images: Images[] = options.batch?.map((n) => ({ labeled: n, unlabeled: n })) ?? [
    { labeled: options.labeled ?? 1, unlabeled: options.unlabeled ?? 1 },
  ];
  if (options.memory !== undefined && options.steps < 2 * options.memory) {
    throw new UsageError(
      `--memory ${options.memory} looks after every ${options.memory} steps; --steps ${options.steps} must be at least ${2 * options.memory} to compare.`,
    );
  }
  const [size, ...sizes] = options.size;
  if (sizes.length + images.length === 1) return benchOne(options, size!, images[0]!, context);
  if (options.profile !== undefined || options.memory !== undefined) {
    throw new UsageError('--profile and --memory look at one size and one batch; give one of each.');
  }
  const { model, backbone, classes, steps, count } = options;
  const same = ['--model', model, '--backbone', backbone, '--classes', `${classes}`, '--steps', `${steps}`];
  const points = options.size.flatMap((side) =>
    images.map(({ labeled, unlabeled }) => [
      ...['bench', 'step', ...same, '--size', `${side}`],
      ...['--labeled', `${labeled}`, '--unlabeled', `${unlabeled}`, ...(count ? ['--count'] : [])],
    ]),
  );
  const title = `${model} ${backbone}, a step (median of ${steps}); images: labeled and unlabeled together`;
  await benchGrid(points, { ...options, title, read }, context, measure);
}

const read = (result: Record<string, unknown>) => {
  const of = (key: string): number => result[key] as number;
  const images = of('labeled') + of('unlabeled');
  return { size: of('size'), images, ms: of('ms_per_step'), peak_rss_mib: of('peak_rss_mib'), ...countsOf(result) };
};

async function benchOne(options: StepChoices, size: number, images: Images, context: Context): Promise<void> {
  const { model, backbone, classes, steps, profile: folder, memory: every } = options;
  const { talk, fields } = await startBackend(context, folder !== undefined);
  const { detector, proposals, parameters } = createBenchModel(options);
  const step = createStep(detector, benchInputs({ size, classes, ...images }));
  const memory: MemoryRow[] = [];
  const timed = await timeRuns('step', step.take, options, talk, (run) => {
    if (every !== undefined && run > 0 && run % every === 0) memory.push(memoryNow(run));
  });
  const { times, last: losses, profile, recording } = timed;
  const verdict = every === undefined ? undefined : judge(memory);
  const about = {
    ...fields,
    model,
    backbone,
    size,
    ...images,
    classes,
    steps,
    ...proposals,
    parameters,
    ms_per_step: tenths(median(times)!),
    ms_min: tenths(Math.min(...times)),
    peak_rss_mib: peakRssMib(),
    tensors: tf.memory().numTensors,
    losses,
  };
  if (folder !== undefined) await writeProfile(context.path(folder), profile!, recording!, about);
  if (verdict?.constant === false) context.exit(1);
  if (options.json) {
    context.json({
      ...about,
      ...profileFields(profile, folder),
      ...(verdict === undefined ? {} : { memory, ...verdict }),
    });
    return;
  }
  context.print(
    `${model} ${backbone}, ${size}x${size} pixels, ${images.labeled} labeled + ${images.unlabeled} unlabeled, backend ${fields.backend}\n` +
      (proposals === undefined
        ? ''
        : `at most ${proposals.proposals_per_view} proposals a view in pairs, ${proposals.proposals_supervised} in supervised losses\n`) +
      `${about.ms_per_step} ms a step (median of ${steps}, least ${about.ms_min}), at most ${about.peak_rss_mib} MiB of memory, ` +
      `losses ${losses.map(short).join(' supervised, ')} unsupervised`,
  );
  if (verdict) context.print(memoryText(memory, verdict));
  if (profile) context.print(profileReport(profile, folder));
}
