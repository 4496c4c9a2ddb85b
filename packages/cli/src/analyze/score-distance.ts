import { join } from 'node:path';
import { scoreDistances, type DistanceGroups, type PairDistances, type ScoreDistances } from '@sed/trainer/analysis';
import type { Context } from '../context.ts';
import { percentText, thousands, type Figure } from '../data/stats/svg.ts';
import { short, table } from '../ui/text.ts';
import type { AnalyzeChoices } from './choices.ts';
import { fig2b } from './fig2b.ts';
import { renderAnalysisPage, type PageSection, type PageTable } from './page.ts';
import { createProgress } from './progress.ts';
import {
  chosenImages,
  foldersOf,
  infoOf,
  openAnalysisData,
  withSession,
  type DataInfo,
  type RunInfo,
} from './session.ts';
import { writeAnalysis } from './write.ts';

/** `score-distance.json`; docs/analyses.md says what the fields are. */
export interface ScoreDistanceDocument extends RunInfo, ScoreDistances {
  readonly analysis: 'score-distance';
  readonly model: string;
  readonly data: DataInfo;
  readonly seed: number;
  readonly compare?: RunInfo & ScoreDistances & { readonly model: string };
}

/** `sed-cli analyze score-distance`. */
export async function scoreDistanceCommand(options: AnalyzeChoices, context: Context): Promise<void> {
  const folders = foldersOf(options, context);
  await withSession(context, async (session) => {
    const { talk, signal } = session;
    const run = session.load(folders.own, options.model);
    const other = folders.other === undefined ? undefined : session.load(folders.other, options.model);
    talk.status('reading annotations');
    const { dataset, info } = await openAnalysisData(options, run, context, { part: 'validation', labels: true });
    const { images } = chosenImages(dataset, options, run, 'analysis-images');
    const measure = (measured: typeof run, label: string) =>
      scoreDistances(measured.detector, measured.parameters, images, {
        input: measured.config.input,
        shift: options.shift,
        bins: options.bins,
        signal,
        onUnreadable: ({ path }, { message }) => session.unreadable(path, message),
        onProgress: createProgress(talk, context.io, label),
      });
    const found = await measure(run, 'score distances');
    if (found.images === 0) throw new Error('None of the images could be read; nothing was written.');
    const document: ScoreDistanceDocument = {
      analysis: 'score-distance',
      ...infoOf(run),
      model: run.model,
      data: info,
      seed: options.seed ?? run.config.seed,
      ...found,
      ...(other ? { compare: { ...infoOf(other), model: other.model, ...(await measure(other, 'second run')) } } : {}),
    };
    const out = context.path(options.out);
    const figures = figuresOf(document);
    await writeAnalysis(out, 'score-distance', { document, page: pageOf(document, figures), figures });
    talk.clear();
    if (options.json) context.json(document);
    else context.print(`${summary(document)}\n${join(out, 'score-distance.html')}`);
  });
}

/** `rpn` is `fig2b-rpn`; a detector with one kind of rows has `fig2b`. */
function figuresOf(document: ScoreDistanceDocument): Map<string, Figure> {
  const { pairs, edges, images, data, compare } = document;
  return new Map(
    pairs.map((groups) => {
      const rival = compare?.pairs.find(({ pair }) => pair === groups.pair);
      const title = `Score distance at 1/${2 ** document.shift} size: ${data.name}`;
      const figure = fig2b(
        pairs.length === 1 ? title : `${title} (${groups.pair})`,
        images,
        edges,
        { groups, name: nameOf(document) },
        rival && compare ? { groups: rival, name: nameOf(compare) } : undefined,
      );
      return [pairs.length === 1 ? 'fig2b' : `fig2b-${groups.pair}`, figure];
    }),
  );
}

const nameOf = ({ run, step }: RunInfo): string => `${run.split(/[\\/]/).at(-1)} @ ${step}`;
const numberText = (value: number | null): string => (value === null ? '–' : short(value));
/** How many times the second the first is. */
const ratioText = (a: number | null, b: number | null): string =>
  a === null || b === null || b === 0 ? '–' : `${short(a / b)} ×`;
/** Share of the rows with at least this distance. */
const shareText = ({ perImage }: DistanceGroups['all'], edges: readonly number[], least: number): string => {
  const total = perImage.reduce((a, b) => a + b, 0);
  const far = perImage.reduce((sum, n, i) => (edges[i]! >= least - 1e-9 ? sum + n : sum), 0);
  return total === 0 ? '–' : percentText(far / total);
};

function kindRows(groups: DistanceGroups, images: number, edges: readonly number[]): string[][] {
  const at = edges.find((edge) => edge >= 0.1 - 1e-9)!;
  return (['all', 'foreground', 'background'] as const).map((kind) => [
    kind,
    short(groups[kind].rows / images),
    numberText(groups[kind].meanDistance),
    shareText(groups[kind], edges, at),
  ]);
}
const kindsHead = (edges: readonly number[]): string[] => [
  'rows',
  'an image',
  'mean distance',
  `≥ ${edges.find((edge) => edge >= 0.1 - 1e-9)!}`,
];

function levelsTable({ levels }: PairDistances, images: number): PageTable {
  return {
    head: [
      'level of X with level of X̂',
      'rows an image',
      'foreground',
      'its mean distance',
      'background’s',
      'ratio of means',
    ],
    rows: levels.map(({ level, partner, all, foreground, background }) => [
      `P${level} with P${partner}`,
      short(all.rows / images),
      short(foreground.rows / images),
      numberText(foreground.meanDistance),
      numberText(background.meanDistance),
      ratioText(foreground.meanDistance, background.meanDistance),
    ]),
  };
}

function headline({ pairs, compare, shift }: ScoreDistanceDocument): string {
  const { foreground, background, pair } = pairs.at(-1)!;
  if (foreground.meanDistance === null) {
    return `No row with a partner answers for an object: the objects are too small for the levels that are paired at 1/${2 ** shift} size.`;
  }
  const rival = compare?.pairs.find((p) => p.pair === pair)?.foreground.meanDistance;
  return (
    `Scores of foreground ${pair === 'roi' ? 'regions' : 'anchors'} move by ${numberText(foreground.meanDistance)} on average when the image is reduced to 1/${2 ** shift}, ` +
    `those of background by ${numberText(background.meanDistance)}: ${ratioText(foreground.meanDistance, background.meanDistance)}.` +
    (rival === undefined ? '' : ` In the second run foreground moves by ${numberText(rival)}.`)
  );
}

function pageOf(document: ScoreDistanceDocument, figures: ReadonlyMap<string, Figure>): string {
  const { pairs, images, edges, data, compare, shift } = document;
  const drawn = [...figures.values()];
  return renderAnalysisPage({
    title: 'Score distance (Fig 2b)',
    headline: headline(document),
    facts: [
      [
        'run',
        `${document.run}, step ${document.step}, ${document.model}; ${document.detector}, trained as ${document.method}`,
      ],
      ...(compare
        ? [
            [
              'second run',
              `${compare.run}, step ${compare.step}, ${compare.model}; trained as ${compare.method}`,
            ] as const,
          ]
        : []),
      ['data', `${data.name}: ${thousands(images)} of ${thousands(data.of)} images (${data.sources.join(', ')})`],
    ],
    sections: pairs.map((pair, i): PageSection => {
      const rival = compare?.pairs.find((p) => p.pair === pair.pair);
      return {
        title:
          { dense: 'Anchors', rpn: 'Anchors of the first stage', roi: 'Regions of the second stage' }[pair.pair] ??
          pair.pair,
        lead:
          `For each row that scale consistency pairs between X at the size of testing and X̂ at 1/${2 ** shift} of it, the distance of the two scores; a score is the highest class probability. ` +
          'Foreground rows are those that training would give an object of X, background rows those it would give none. The further to the right, the more a row is sure at one size and blind at the other. ' +
          (pair.levels.length > 0
            ? `The finest ${shift === 1 ? 'level' : `${shift} levels`} of X ${shift === 1 ? 'has' : 'have'} no partner, so objects that only it would find are not among these rows.`
            : 'The proposals of both views, refined on both.'),
        figures: [drawn[i]!],
        tables: [
          { head: kindsHead(edges), rows: kindRows(pair, images, edges) },
          ...(rival
            ? [{ head: ['second run', ...kindsHead(edges).slice(1)], rows: kindRows(rival, compare!.images, edges) }]
            : []),
          ...(pair.levels.length > 0 ? [levelsTable(pair, images)] : []),
        ],
      };
    }),
    foot: 'Made by sed-cli analyze score-distance. Padding counts as background, as in training; crowds and difficult objects are nobody’s.',
  });
}

function summary(document: ScoreDistanceDocument): string {
  const { pairs, images, edges, data, compare } = document;
  const runTable = (what: string, measured: ScoreDistances) =>
    measured.pairs.map((pair) =>
      table([[`${what}, ${pair.pair}`, ...kindsHead(edges).slice(1)], ...kindRows(pair, measured.images, edges)]),
    );
  return [
    `${data.name}: ${images} of ${data.of} images; ${headline({ ...document, pairs })}`,
    ...runTable(nameOf(document), document),
    ...(compare ? runTable(nameOf(compare), compare) : []),
  ].join('\n');
}
