import { join } from 'node:path';
import { MissingNetworkError, type LoadedRun } from '@sed/trainer';
import { analyzeGradients, type GradientAnalysis, type GradientTerm } from '@sed/trainer/analysis';
import type { Context } from '../context.ts';
import { withSizes } from '../data/stats/open.ts';
import { percentText, thousands, type Figure } from '../data/stats/svg.ts';
import { short, table } from '../ui/text.ts';
import type { AnalyzeChoices } from './choices.ts';
import { sharesOf } from '../page/shares.ts';
import { fig4 } from './fig4.ts';
import { renderAnalysisPage, type PageSection, type PageTable } from './page.ts';
import { createProgress } from './progress.ts';
import {
  foldersOf,
  infoOf,
  openAnalysisData,
  withSession,
  type DataInfo,
  type RunInfo,
  type Session,
} from './session.ts';
import { writeAnalysis } from './write.ts';

/** `gradients.json`; docs/analyses.md says what the fields are. */
export interface GradientsDocument extends RunInfo, GradientAnalysis {
  readonly analysis: 'gradients';
  readonly data: DataInfo;
  readonly seed: number;
}

/** `sed-cli analyze gradients`. */
export async function gradientsCommand(options: AnalyzeChoices, context: Context): Promise<void> {
  const { own } = foldersOf(options, context);
  await withSession(context, async (session) => {
    const { talk, signal } = session;
    const student = session.load(own, 'student');
    const teacher = teacherOf(session, student);
    talk.status('reading annotations');
    const opened = await openAnalysisData(options, student, context, { part: 'unlabeled', labels: false });
    const config = { ...student.config, seed: options.seed ?? student.config.seed };
    // batches of images that lie one way need the sizes
    const dataset =
      config.input.canvas === null ? await withSizes(opened.dataset, talk, { tolerant: true }) : opened.dataset;
    const models = { student: student.parameters, ...(teacher ? { teacher: teacher.parameters } : {}) };
    const found = await analyzeGradients(student.detector, models, config, dataset.images, {
      images: options.count,
      from: student.step,
      ...(options.batch === undefined ? {} : { batch: options.batch }),
      shift: options.shift,
      bins: options.bins,
      signal,
      onUnreadable: session.unreadable,
      onProgress: createProgress(talk, context.io, 'gradients'),
    });
    if (found.images === 0) throw new Error('None of the images could be read; nothing was written.');
    const document: GradientsDocument = {
      analysis: 'gradients',
      ...infoOf(student),
      data: opened.info,
      seed: config.seed,
      ...found,
    };
    const out = context.path(options.out);
    const figures = new Map(
      found.terms.map((term): [string, Figure] => [
        `fig4-${term.loss}-${term.pair}`,
        fig4(`${titleOf(term)}: ${opened.info.name}`, found.edges, term),
      ]),
    );
    await writeAnalysis(out, 'gradients', { document, page: pageOf(document, figures), figures });
    talk.clear();
    if (options.json) context.json(document);
    else context.print(`${summary(document)}\n${join(out, 'gradients.html')}`);
  });
}

/** The teacher of the same checkpoint; before the end of the burn-in there is none. */
function teacherOf({ talk, load }: Session, { checkpoint }: LoadedRun): LoadedRun | undefined {
  try {
    return load({ folder: checkpoint, options: {} }, 'teacher');
  } catch (error) {
    if (!(error instanceof MissingNetworkError)) throw error;
    talk.warn(`${checkpoint} has no teacher: distillation is left out.`);
    return undefined;
  }
}

const LOSSES = { distillation: 'Distillation', scale: 'Scale consistency' } as const;
const PAIRS: Record<string, string> = { dense: 'anchors', rpn: 'anchors of the first stage', roi: 'regions' };
const titleOf = ({ loss, pair }: GradientTerm): string => `${LOSSES[loss]}, ${PAIRS[pair] ?? pair}`;

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** Of the shortest gradients, the first bin: their share of the rows and of the gradient. */
function firstBin({ samples, uniform, reweighted }: GradientTerm): {
  rows: number;
  uniform: number;
  reweighted: number;
} {
  return { rows: sharesOf(samples)[0]!, uniform: sharesOf(uniform)[0]!, reweighted: sharesOf(reweighted)[0]! };
}

function headline({ terms, edges }: GradientsDocument): string {
  const { rows, uniform, reweighted } = firstBin(terms[0]!);
  return (
    `${percentText(rows)} of the predictions in ${LOSSES[terms[0]!.loss].toLowerCase()} have a gradient shorter than ${edges[1]}: with equal weights they are ${percentText(uniform)} ` +
    `of the gradient, with Eq 5’s ${percentText(reweighted)}.`
  );
}

function termTable({ samples, uniform, reweighted }: GradientTerm, edges: readonly number[]): PageTable {
  const [plain, eq5] = [sharesOf(uniform), sharesOf(reweighted)];
  return {
    head: ['g', 'predictions an image', 'gradient, equal weights', 'share', 're-weighted', 'share'],
    rows: samples.map((n, i) => [
      i === samples.length - 1 ? `≥ ${edges[i]}` : `${edges[i]} to ${edges[i + 1]}`,
      short(n),
      short(uniform[i]!),
      percentText(plain[i]!),
      short(reweighted[i]!),
      percentText(eq5[i]!),
    ]),
  };
}

function pageOf(document: GradientsDocument, figures: ReadonlyMap<string, Figure>): string {
  const { terms, edges, data, steps, batch, shift } = document;
  const drawn = [...figures.values()];
  return renderAnalysisPage({
    title: 'Gradient lengths and contributions (Fig 4)',
    headline: headline(document),
    facts: [
      ['run', `${document.run}, step ${document.step}; ${document.detector}, trained as ${document.method}`],
      [
        'data',
        `${data.name}: the views of ${thousands(steps)} steps of ${batch}, of ${thousands(data.of)} images (${data.sources.join(', ')})`,
      ],
    ],
    sections: terms.map((term, i): PageSection => {
      const what =
        term.loss === 'distillation'
          ? 'Teacher on the weak view, student on the strong one.'
          : `The student on the strong view and on that view at 1/${2 ** shift}.`;
      return {
        title: titleOf(term),
        lead:
          `${what} g = Σ |p − p′| is the L1 length of the gradient of a row’s divergence with respect to its logits. Left: how many of an image’s ${thousands(Math.round(sum(term.samples)))} rows have which g. ` +
          'Right: the share of the loss’ gradient that they make up. Equal weights let the many rows that already agree add up to most of it; Eq 5 gives every bin the same weight, so that the share grows with g. ' +
          'A bin that is empty in some steps falls below the line.',
        figures: [drawn[i]!],
        tables: [termTable(term, edges)],
      };
    }),
    foot: 'Made by sed-cli analyze gradients, on the views that training would see next. Nothing was trained.',
  });
}

function summary(document: GradientsDocument): string {
  const { terms, edges, data, images } = document;
  return [
    `${data.name}: views of ${images} of ${data.of} images; ${headline(document)}`,
    ...terms.map((term) => {
      const { head, rows } = termTable(term, edges);
      return `${titleOf(term)}\n${table([[...head], ...rows.map((r) => [...r])])}`;
    }),
  ].join('\n');
}
