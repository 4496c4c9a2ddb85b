import { join } from 'node:path';
import {
  datasetStats,
  instanceSizes,
  instancesOf,
  PAPER_TEST_SIZE,
  resizeFactors,
  type DatasetStats,
  type TestSize,
} from '@sed/datasets-coco/stats';
import { type RunConfig } from '@sed/trainer';
import { openData, testSizeOf } from '@sed/trainer/data';
import type { Context } from '../../context.ts';
import { UsageError } from '../../errors.ts';
import { writeWhole } from '../../output/write-whole.ts';
import type { SourceChoices } from '../../sources/source-options.ts';
import { createTalk } from '../../ui/console.ts';
import { table } from '../../ui/text.ts';
import { anchorsOfRun, paperAnchors, type SizeView } from './anchors.ts';
import { fig2a } from './fig2a.ts';
import { fig5 } from './fig5.ts';
import { configOf } from '../config-of.ts';
import { openSources, withSizes, type NamedData } from './open.ts';
import { renderStatsPage } from './page.ts';
import { percentText, thousands } from './svg.ts';
import { writeFigure } from './write-figure.ts';

export interface StatsChoices extends SourceChoices {
  readonly config?: string;
  readonly part?: 'labeled' | 'validation' | 'unlabeled';
  readonly testSize?: TestSize;
  readonly name?: string;
  readonly out: string;
  readonly json?: boolean;
}

/** `stats.json`: the statistics, with what they are of. */
export interface StatsDocument extends DatasetStats {
  readonly name: string;
  readonly sources: readonly string[];
  /** How the valid range came about. */
  readonly rangeNote: string;
}

/** `sed-cli data stats`. */
export async function statsCommand(options: StatsChoices, context: Context): Promise<void> {
  const talk = createTalk(context.io);
  if (options.part !== undefined && options.config === undefined)
    throw new UsageError('--part says which data of a run is meant: it needs --config.');
  const config = options.config === undefined ? undefined : configOf(options.config, options, context, 'data');
  talk.status('reading annotations');
  const named = config
    ? await openPart(config, options)
    : await openSources(options, context, { annotationsOnly: true });
  const name = options.name ?? named.name;
  named.notes.forEach(talk.warn);
  const skips = config ? config.data.onFault === 'skip' : options.onFault === 'skip';
  const measured = await withSizes(named.dataset, talk, { tolerant: skips });
  const dataset = {
    ...measured,
    images: measured.images.filter((i) => i.width !== undefined && i.height !== undefined),
  };
  const unreadable = measured.images.length - dataset.images.length;
  if (unreadable > 0) talk.warn(`Images of unknown size that cannot be read, left out: ${unreadable}.`);
  const anchors: SizeView = config ? anchorsOfRun(config.detector) : paperAnchors();
  const testSize = options.testSize ?? (config ? testSizeOf(config.input.resize) : PAPER_TEST_SIZE);
  const stats = datasetStats(dataset, {
    testSize,
    validRange: anchors.range,
    ...(anchors.grid ? { anchors: anchors.grid } : {}),
  });
  const sizes = instanceSizes(instancesOf(dataset), resizeFactors(dataset.images, testSize));
  const { sources } = named;
  const document: StatsDocument = { name, sources, rangeNote: anchors.note, ...stats };

  const folder = context.path(options.out);
  const page = renderStatsPage({ name, sources, stats, sizes, rangeNote: anchors.note, made: MADE });
  await writeWhole(join(folder, 'stats.json'), `${JSON.stringify(document, null, 1)}\n`);
  await writeWhole(join(folder, 'stats.html'), page);
  if (stats.instances === 0) talk.warn(`${name} has no boxes: image sizes only, and no figures.`);
  else {
    await writeFigure(folder, 'fig2a', fig2a(stats, name));
    await writeFigure(folder, 'fig5', fig5(stats, sizes, name));
  }
  talk.clear();
  if (options.json) context.json(document);
  else context.print(`${summary(document)}\n${join(folder, 'stats.html')}`);
}

const MADE =
  'Made by sed-cli data stats. Crowds and difficult boxes are left out, as in training; σ is of the population.';

/** The part of a run's data, as the run would open it. */
async function openPart(config: RunConfig, { part = 'labeled', config: file }: StatsChoices): Promise<NamedData> {
  const data = await openData(config);
  const dataset = { labeled: data.labeled, validation: data.validation, unlabeled: data.hidden ?? data.unlabeled }[
    part
  ];
  if (dataset === undefined) throw new UsageError(`${file} has no unlabeled data (its method uses none).`);
  return { name: `${part} data of ${file}`, sources: [dataset.source], dataset, withoutLabels: new Set(), notes: [] };
}

function summary({
  name,
  images,
  instances,
  testSize,
  size,
  validRange,
  levels,
  crowds,
  difficult,
}: StatsDocument): string {
  const left = [
    ...(crowds.count > 0 ? [`${thousands(crowds.count)} crowds`] : []),
    ...(difficult.count > 0 ? [`${thousands(difficult.count)} difficult`] : []),
  ];
  const head = `${name}: ${thousands(images.count)} images, ${thousands(instances)} boxes${left.length > 0 ? ` (${left.join(' and ')} left out)` : ''}`;
  if (instances === 0) return head;
  const row = (what: string, d: typeof size.test) =>
    [what, d.mean!, d.std!, d.p10!, d.median!, d.p90!].map((v) => (typeof v === 'number' ? v.toFixed(1) : v));
  const rates = validRange.rates;
  return [
    head,
    table([
      ['instance size, pixels', 'mean', 'σ', 'p10', 'median', 'p90'],
      row('in the files', size.original),
      row(`at ${testSize.short}, ≤ ${testSize.long}`, size.test),
    ]),
    table([
      [
        `of ${validRange.range[0].toFixed(1)} to ${validRange.range[1].toFixed(1)} at rate`,
        ...rates.map((r) => String(r.rate)),
      ],
      ['inside', ...rates.map((r) => percentText(r.inside))],
      ['too small', ...rates.map((r) => percentText(r.below))],
      ['too large', ...rates.map((r) => percentText(r.above))],
    ]),
    `levels, FPN’s rule: ${levels.fpn.map((l) => `P${l.level} ${percentText(l.share)}`).join(', ')}`,
    ...(levels.anchors
      ? [
          `levels, best anchor: ${levels.anchors.levels.map((l) => `P${l.level} ${percentText(l.share)}`).join(', ')}; IoU ≥ 0.5 for ${percentText(levels.anchors.covered)}`,
        ]
      : []),
  ].join('\n');
}
