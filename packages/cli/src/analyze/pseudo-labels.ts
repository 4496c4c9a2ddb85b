import { join } from 'node:path';
import { pseudoLabelCurves, type PseudoLabelCurves, type QualityCurves } from '@sed/trainer/analysis';
import type { Context } from '../context.ts';
import { percentText, thousands } from '../data/stats/svg.ts';
import { table } from '../ui/text.ts';
import type { AnalyzeChoices } from './choices.ts';
import { fig2c } from './fig2c.ts';
import { renderAnalysisPage, type PageTable } from './page.ts';
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

/** `pseudo-labels.json`; docs/analyses.md says what the fields are. */
export interface PseudoLabelsDocument extends RunInfo, PseudoLabelCurves {
  readonly analysis: 'pseudo-labels';
  readonly model: string;
  readonly data: DataInfo;
  readonly seed: number;
  readonly compare?: RunInfo & PseudoLabelCurves & { readonly model: string };
}

/** `sed-cli analyze pseudo-labels`. */
export async function pseudoLabelsCommand(options: AnalyzeChoices, context: Context): Promise<void> {
  const folders = foldersOf(options, context);
  await withSession(context, async (session) => {
    const { talk, signal } = session;
    const run = session.load(folders.own, options.model);
    const other = folders.other === undefined ? undefined : session.load(folders.other, options.model);
    talk.status('reading annotations');
    const { dataset, info } = await openAnalysisData(options, run, context, { part: 'unlabeled', labels: true });
    // the draw of the telemetry of a run, whose numbers these then are
    const some = chosenImages(dataset, options, run, 'pseudo-label-images');
    const measure = (measured: typeof run, label: string) =>
      pseudoLabelCurves(measured.detector, measured.parameters, some, {
        input: measured.config.input,
        batch: measured.config.evaluation.batch,
        signal,
        onUnreadable: ({ path }, { message }) => session.unreadable(path, message),
        onProgress: createProgress(talk, context.io, label),
      });
    const found = await measure(run, 'detecting');
    if (found.images === 0) throw new Error('None of the images could be read; nothing was written.');
    const document: PseudoLabelsDocument = {
      analysis: 'pseudo-labels',
      ...infoOf(run),
      model: run.model,
      data: info,
      seed: options.seed ?? run.config.seed,
      ...found,
      ...(other ? { compare: { ...infoOf(other), model: other.model, ...(await measure(other, 'second run')) } } : {}),
    };
    const out = context.path(options.out);
    const { compare } = document;
    const figure = fig2c(`Pseudo-labels on ${info.name}`, [
      { name: nameOf(document), curves: document },
      ...(compare ? [{ name: nameOf(compare), curves: compare }] : []),
    ]);
    const page = pageOf(document, figure);
    await writeAnalysis(out, 'pseudo-labels', { document, page, figures: new Map([['fig2c', figure]]) });
    talk.clear();
    if (options.json) context.json(document);
    else context.print(`${summary(document)}\n${join(out, 'pseudo-labels.html')}`);
  });
}

/** The threshold of hard pseudo-labels in the paper's Tab 4. */
const HARD = 0.7;

const nameOf = ({ run, step, model }: RunInfo & { readonly model: string }): string =>
  `${run.split(/[\\/]/).at(-1)} @ ${step}, ${model}`;
const percent = (value: number): string => (value < 0 ? '–' : percentText(value));
const indexOf = (thresholds: readonly number[], threshold: number): number =>
  thresholds.findIndex((t) => Math.abs(t - threshold) < 1e-9);

function sentence({ thresholds, curves }: PseudoLabelCurves): string {
  const index = indexOf(thresholds, HARD);
  const [half, tight] = [curves[0]!, curves[1]!];
  if (half.precision[index]! < 0) return `no detection has a score of ${HARD}`;
  return (
    `at a score of ${HARD}, ${percent(half.precision[index]!)} of the pseudo-labels are right and ${percent(1 - half.recall[index]!)} of the objects are missed; ` +
    `asked for an IoU of ${tight.iou}, ${percent(tight.precision[index]!)} are right`
  );
}

const capital = (text: string): string => text[0]!.toUpperCase() + text.slice(1);

function headline(document: PseudoLabelsDocument): string {
  return `${capital(sentence(document))}.`;
}

/** Every second threshold. */
function curveTable(
  what: string,
  found: QualityCurves & { readonly thresholds: readonly number[]; readonly images: number },
): PageTable {
  const { thresholds, predictions, curves, images } = found;
  const rows = thresholds.flatMap((threshold, s) =>
    s % 2 === 0 && s > 0 && s < thresholds.length - 1
      ? []
      : [
          [
            threshold.toFixed(2),
            (predictions[s]! / images).toFixed(1),
            ...curves.flatMap(({ precision, recall }) => [percent(precision[s]!), percent(recall[s]!)]),
          ],
        ],
  );
  const head = curves.flatMap(({ iou }) => [`precision, IoU ${iou}`, 'recall']);
  return { head: [what, 'an image', ...head], rows };
}

/** Classes shown in the page; of more the JSON has the rest. */
const MOST_CLASSES = 100;

function classTable({ classes, thresholds }: PseudoLabelsDocument): PageTable {
  const [low, high] = [indexOf(thresholds, 0.5), indexOf(thresholds, HARD)];
  const shown = [...classes].sort((a, b) => b.objects - a.objects).slice(0, MOST_CLASSES);
  return {
    head: [
      'class',
      'objects',
      'precision, score ≥ 0.5',
      'recall',
      `precision, score ≥ ${HARD}`,
      'recall',
      'precision, IoU 0.9',
      'recall',
    ],
    rows: shown.map(({ name, objects, curves }) => {
      const [half, tight] = [curves[0]!, curves[1]!];
      const cells = [
        half.precision[low]!,
        half.recall[low]!,
        half.precision[high]!,
        half.recall[high]!,
        tight.precision[high]!,
        tight.recall[high]!,
      ];
      return [name, thousands(objects), ...cells.map(percent)];
    }),
  };
}

function pageOf(document: PseudoLabelsDocument, figure: ReturnType<typeof fig2c>): string {
  const { images, data, compare } = document;
  return renderAnalysisPage({
    title: 'Pseudo-labels (Fig 2c)',
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
      [
        'data',
        `${data.name}: ${thousands(images)} of ${thousands(data.of)} images, ${thousands(document.objects)} objects (${data.sources.join(', ')})`,
      ],
    ],
    sections: [
      {
        title: 'Precision and recall by score threshold',
        lead:
          'Detections with at least the score on the axis, taken as labels. Precision: the share of them that is right, from the IoU named on. Recall: the share of the objects that is found; the rest are false negatives, ' +
          'which hard pseudo-labels teach as background.',
        figures: [figure],
        tables: [curveTable('score ≥', document), ...(compare ? [curveTable('second run, score ≥', compare)] : [])],
      },
      {
        title: 'By class',
        lead: `At IoU 0.5 where nothing else is said, in order of frequency.${document.classes.length > MOST_CLASSES ? ' The rarest are in pseudo-labels.json only.' : ''}`,
        figures: [],
        tables: [classTable(document)],
      },
    ],
    foot: 'Made by sed-cli analyze pseudo-labels. Matched as COCO matches; detections on crowds are neither right nor wrong.',
  });
}

function summary(document: PseudoLabelsDocument): string {
  const { data, images, compare } = document;
  const curveText = (name: string, found: PseudoLabelCurves) => {
    const { head, rows } = curveTable('score ≥', found);
    return `${name}\n${table([[...head], ...rows.map((r) => [...r])])}`;
  };
  return [
    `${data.name}: ${images} of ${data.of} images; ${headline(document)}`,
    curveText(nameOf(document), document),
    ...(compare ? [curveText(nameOf(compare), compare)] : []),
  ].join('\n');
}
