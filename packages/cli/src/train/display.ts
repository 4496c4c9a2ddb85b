import type { RunConfig, TrainEvent } from '@sed/trainer';
import type { EvalRow, ProgressEvent } from '@sed/trainer';
import type { Io } from '../io.ts';
import { networkLabel, networksOf } from '../runs/networks.ts';
import type { Talk } from '../ui/console.ts';
import { fit, type Part } from '../ui/fit.ts';
import { bar, progressBar } from '../ui/progress-bar.ts';
import { duration, percent, short, table } from '../ui/text.ts';

/** Turns the events of a run into a line that moves, or into a line now and then where stderr is no terminal. */
export interface Display {
  readonly event: (event: TrainEvent) => void;
  /** Shows what is held back and removes the moving line. */
  readonly end: () => void;
}

/** Seconds between two plain lines. */
const PLAIN_EVERY = 15;

/** @param quiet plain lines also on a terminal */
export function createDisplay(
  talk: Talk,
  io: Io,
  config: RunConfig,
  quiet: boolean,
  now: () => number = () => performance.now(),
): Display {
  const moving = io.interactive && !quiet;
  let lastPlain = -Infinity;
  let phase = '';
  let evaluations: EvalRow[] = [];
  /** `networks` of the run's start, where it says what it keeps. */
  let stated: unknown;

  const showEvaluations = () => {
    if (evaluations.length > 0) talk.say(evaluationTable(evaluations, config.method.kind, stated));
    evaluations = [];
  };
  const progress = (event: ProgressEvent) => {
    if (event.phase !== phase) {
      if (phase !== '') talk.say(`iteration ${event.step}: ${phase} ends, ${event.phase} begins`);
      phase = event.phase;
    }
    if (moving) talk.status((columns) => progressLine(event, columns));
    else if ((now() - lastPlain) / 1000 >= PLAIN_EVERY || event.step === event.iterations) {
      lastPlain = now();
      talk.say(progressLine(event));
    }
  };
  return {
    event(event) {
      if (event.kind !== 'eval' && event.kind !== 'evaluating') showEvaluations();
      switch (event.kind) {
        case 'progress':
          return progress(event);
        case 'evaluating':
          if (moving)
            talk.status(
              progressBar(
                `evaluating ${labelOf(event.model, config.method.kind, stated)}`,
                event.done / event.images,
                `${event.done} of ${event.images} images`,
              ),
            );
          return;
        case 'checking':
          if (moving)
            talk.status(
              progressBar('reading images', event.done / event.images, `${event.done} of ${event.images} images`),
            );
          return;
        case 'eval':
          evaluations.push(event);
          return;
        case 'warning':
          return talk.warn(`at iteration ${event.step}: ${withoutStep(event.message)}`);
        case 'start':
        case 'resume':
          stated = event.networks;
          talk.say(
            `${event.kind === 'start' ? 'Training' : `Resuming at iteration ${event.step}`}: ${event.images.labeled} labeled, ${event.images.unlabeled} unlabeled, ${event.images.validation} validation images; ${event.classes.length} classes.`,
          );
          return;
        case 'pseudo': {
          const i = nearest(event.thresholds, 0.5);
          talk.say(
            `iteration ${event.step}: pseudo-labels with score ≥ ${event.thresholds[i]}: precision ${percent(event.precision50[i])} %, recall ${percent(event.recall50[i])} % at IoU 0.5`,
          );
          return;
        }
        case 'train':
        case 'done':
          return;
      }
    },
    end() {
      showEvaluations();
      talk.clear();
    },
  };
}

/** A terminal of so many columns has room for a long bar. */
const WIDE = 100;

/**
 * `250/1200 █████░░░░░ 20 % sed 5m 00s left 0.50 s/step loss 0.82 losses …`. On a narrow terminal the count, the loss,
 * the time left and the rate stay longest. Without `columns` all of it, for a log.
 */
export function progressLine(event: ProgressEvent, columns?: number): string {
  const { step, iterations, secondsPerStep, secondsLeft, losses, total, lr, alpha, phase } = event;
  const done = step / iterations;
  const count = `${step}/${iterations}`;
  const left = `${duration(secondsLeft)} left`;
  const rate = `${short(secondsPerStep)} s/step`;
  const loss = `loss ${short(total)}`;
  const each = Object.entries(losses).map(([name, value]) => `${shortLoss(name)} ${short(value)}`);
  const settings = [`lr ${short(lr)}`, ...(alpha === null ? [] : [`α ${short(alpha)}`])];
  if (columns === undefined)
    return [`iteration ${count}`, phase, left, rate, ...settings, loss, each.join(' ')]
      .filter((p) => p !== '')
      .join('  ');
  const parts: Part[] = [
    { text: count, rank: 0 },
    { text: bar(done, columns >= WIDE ? 12 : 8), rank: 6 },
    { text: `${Math.floor(100 * done)} %`, rank: 4 },
    { text: phase, rank: 5 },
    { text: left, rank: 2 },
    { text: rate, rank: 3 },
    { text: loss, rank: 1 },
    ...each.map((text, i) => ({ text, rank: 7 + i })),
    ...settings.map((text, i) => ({ text, rank: 7 + each.length + i })),
  ];
  return fit(parts, columns, ' '.repeat(columns >= WIDE ? 2 : 1));
}

/**
 * `supervised.boxRegression` as `sup.box`, `distillation.dense.classification` as `dist.cls`; a Faster R-CNN's
 * `sup.rpn.cls`, `dist.roi.reg`.
 */
export function shortLoss(name: string): string {
  const words: Record<string, string> = {
    supervised: 'sup',
    distillation: 'dist',
    scale: 'scale',
    classification: 'cls',
    boxRegression: 'box',
    objectness: 'rpn.cls',
    rpnBoxRegression: 'rpn.box',
    regression: 'reg',
  };
  return name
    .split('.')
    .filter((word) => word !== 'dense')
    .map((word) => words[word] ?? word)
    .join('.');
}

/** One line a network. @param stated `networks` of the run's start */
export function evaluationTable(rows: readonly EvalRow[], method: string, stated?: unknown): string {
  const names = ['AP', 'AP50', 'AP75', 'APs', 'APm', 'APl', 'AR100'] as const;
  const head = [`iteration ${rows[0]!.step}`, ...names];
  const lines = rows.map((row) => [labelOf(row.model, method, stated), ...names.map((n) => percent(row.metrics[n]))]);
  return table([head, ...lines], '  ');
}

/** The trainer's sentences begin with the step, which the line has said already. */
export function withoutStep(message: string): string {
  return message.replace(/^Step \d+: (\w)/, (_, first: string) => first.toUpperCase());
}

function labelOf(name: string, method: string, stated: unknown): string {
  const all = networksOf(stated, [name]);
  return networkLabel(
    all.find((network) => network.name === name)!,
    method,
    all,
  );
}

function nearest(values: readonly number[], to: number): number {
  let best = 0;
  values.forEach((v, i) => {
    if (Math.abs(v - to) < Math.abs(values[best]! - to)) best = i;
  });
  return best;
}
