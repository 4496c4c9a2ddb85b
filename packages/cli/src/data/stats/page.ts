import type { ClassStats, DatasetStats } from '@sed/datasets-coco/stats';
import { renderDocument } from '../../page/document.ts';
import { html, joined, type Html } from '../../page/html.ts';
import { renderSection, type Section } from '../../page/section.ts';
import { definitions, scrolling } from '../../page/table.ts';
import { aspectFigure, boxesPerImageFigure, levelFigure } from './bars.ts';
import { fig2a, PAPER_COCO } from './fig2a.ts';
import { fig5 } from './fig5.ts';
import { PAGE_FIGURE_STYLE, figureCard, percentText, thousands, type Figure } from './svg.ts';

export interface StatsPage {
  /** What the data set is called: short, for titles. */
  readonly name: string;
  /** Where it was read from, by source. */
  readonly sources: readonly string[];
  readonly stats: DatasetStats;
  /** Sizes at the test size, of which `stats` was made. */
  readonly sizes: Float64Array;
  /** How the valid range came about, in words. */
  readonly rangeNote: string;
  /** What the foot says. */
  readonly made: string;
}

/** Classes shown in the page; of more the JSON has the rest. */
const MOST_CLASSES = 300;

const OWN = `
.fig{display:block;width:100%;height:auto;margin:0 auto}
.card .fig .paper{fill:none}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));gap:12px}
.tile .big{font-size:27px}
.num{font-variant-numeric:tabular-nums}
.strip{position:relative;display:block;height:12px;min-width:130px;background:var(--grid);border-radius:3px}
.strip i{position:absolute;top:2px;bottom:2px;background:var(--accent);opacity:.5;border-radius:2px;min-width:2px}
.strip b{position:absolute;top:0;bottom:0;width:2px;background:var(--ink)}
.count-bar{display:block;height:12px;background:var(--accent);border-radius:3px;opacity:.8;min-width:1px}
td.wide{min-width:140px;width:22%}
code{font:13px ui-monospace,"SF Mono","DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
`;

/** The page of `sed-cli data stats`: one HTML text that needs nothing else. */
export function renderStatsPage(page: StatsPage): string {
  const { stats, name } = page;
  const sections = stats.instances === 0 ? [imagesSection(stats)] : withInstances(page);
  return renderDocument({
    title: `${name}: statistics`,
    generator: 'data stats',
    kicker: 'Statistics of a data set',
    headline: headline(page),
    styles: [PAGE_FIGURE_STYLE, OWN],
    body: html`<ul class="notes">${page.sources.map((source) => html`<li><code>${source}</code></li>`)}</ul>
${tiles(stats)}
${joined(sections.map(renderSection), '\n')}`,
    foot: page.made,
  });
}

function headline({ name, stats }: StatsPage): string {
  const { instances, images, classes, size } = stats;
  const data = `${name}: ${plural(images.count, 'image')}, ${plural(instances, 'box', 'boxes')} of ${plural(classes.length, 'class', 'classes')}`;
  if (instances === 0) return `${data}. Without boxes there are no instance sizes.`;
  return `${data}; sizes of ${size.test.mean!.toFixed(1)} ± ${size.test.std!.toFixed(1)} pixels when tested`;
}

const plural = (n: number, one: string, many = `${one}s`) => `${thousands(n)} ${n === 1 ? one : many}`;

function tiles({ images, instances, crowds, difficult, boxesPerImage, cocoAreas, classes }: DatasetStats): Html {
  const tile = (big: string, what: string, facts: readonly (readonly [string, string])[]) =>
    html`<div class="card tile" style="--c:var(--accent)"><div class="big">${big}</div><div class="note">${what}</div>${definitions(facts)}</div>`;
  const counts = classes.map((c) => c.instances).sort((a, b) => b - a);
  const rarest = counts.at(-1) ?? 0;
  const half = counts.length === 0 ? 0 : 1 + counts.findIndex((_, i) => sum(counts.slice(0, i + 1)) * 2 >= instances);
  const all = [
    tile(thousands(images.count), 'images', [
      ['without a box', thousands(images.empty)],
      ['boxes an image, mean', boxesPerImage.mean?.toFixed(1) ?? '–'],
      ['at most', thousands(boxesPerImage.max ?? 0)],
    ]),
    tile(thousands(instances), 'boxes counted', [
      ['crowds, left out', `${thousands(crowds.count)} (${percentText(crowds.share)})`],
      ['difficult, left out', `${thousands(difficult.count)} (${percentText(difficult.share)})`],
    ]),
  ];
  if (instances > 0) {
    all.push(
      tile(thousands(classes.length), 'classes', [
        ['half of the boxes are of', plural(half, 'class', 'classes')],
        ['most, fewest boxes', `${thousands(counts[0]!)}, ${thousands(rarest)}`],
        ['without a box', thousands(counts.filter((n) => n === 0).length)],
      ]),
      tile(percentText(cocoAreas.small), 'small by COCO’s areas (below 32²)', [
        ['medium (to 96²)', percentText(cocoAreas.medium)],
        ['large', percentText(cocoAreas.large)],
      ]),
    );
  }
  return html`<div class="tiles">${all}</div>`;
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

function withInstances(page: StatsPage): Section[] {
  const { stats, name, sizes, rangeNote } = page;
  const { fpn, anchors } = stats.levels;
  const two = (figures: readonly Figure[]) => html`\n<div class="two">${figures.map(figureCard)}</div>`;
  return [
    {
      id: 'sizes',
      title: 'Instance sizes',
      lead: `Fig 2a of the paper, where COCO has μ = ${PAPER_COCO.mean} and σ = ${PAPER_COCO.std}. A size is √(w·h). The larger σ is beside μ, the more is to be learnt from one image at two sizes.`,
      content: figureCard(fig2a(stats, name)),
    },
    {
      id: 'range',
      title: 'What the anchors can find, at each rate',
      lead: `Fig 5 of the paper. ${rangeNote} The curves add up the instance sizes of the image reduced by r; “inside” is the share of instances within the range, those below it are too small for any anchor, those above too large.`,
      content: figureCard(fig5(stats, sizes, name)),
    },
    {
      id: 'levels',
      title: 'Pyramid levels',
      lead: `Left: the level that features of an instance are pooled from, ⌊4 + log2(√area / 224)⌋ within P2 to P5 (FPN, Eq 1). ${
        anchors
          ? `Right: the level of the anchor with the greatest IoU. ${percentText(anchors.covered)} of the instances have an anchor with an IoU of at least 0.5; the mean of the best is ${anchors.meanIou.toFixed(2)}.`
          : ''
      } At the test size.`,
      content: two([
        levelFigure('By FPN’s rule (RoI heads)', fpn),
        ...(anchors ? [levelFigure('By the best anchor (dense heads)', anchors.levels)] : []),
      ]),
    },
    {
      id: 'shapes',
      title: 'Shapes and counts',
      content: two([aspectFigure(stats), boxesPerImageFigure(stats)]),
    },
    classesSection(stats),
    imagesSection(stats),
  ];
}

function imagesSection({ images }: DatasetStats): Section {
  const rows = images.common.map(({ width, height, count }) => [
    `${width} × ${height}`,
    thousands(count),
    percentText(count / images.count),
  ]);
  const rangeText = (d: DatasetStats['images']['width']) =>
    d.count === 0 ? '–' : `${d.min} to ${d.max}, median ${Math.round(d.median!)}`;
  const lines = rows.map((row) => html`<tr>${row.map(cell)}</tr>`);
  return {
    id: 'images',
    title: 'Image sizes',
    lead: `Width ${rangeText(images.width)}; height ${rangeText(images.height)} pixels. The most frequent sizes:`,
    content: scrolling(
      'image sizes',
      html`<table><thead><tr>${['width × height', 'images', 'share'].map(heading)}</tr></thead><tbody>${lines}</tbody></table>`,
    ),
  };
}

const cell = (text: string): Html => html`<td>${text}</td>`;
const heading = (text: string): Html => html`<th scope="col">${text}</th>`;

function classesSection({ classes, validRange }: DatasetStats): Section {
  const sorted = [...classes].sort((a, b) => b.instances - a.instances);
  const shown = sorted.slice(0, MOST_CLASSES);
  const most = Math.max(1, shown[0]?.instances ?? 1);
  const widest = Math.max(1, ...shown.map((c) => c.size.p90 ?? 0));
  const rates = validRange.rates.map(({ rate }) => `r = ${rate}`);
  const head = ['class', '', 'boxes', 'share', 'images', 'size μ', 'σ', 'p10 · median · p90', ...rates];
  const rest =
    sorted.length > shown.length ? ` The ${sorted.length - shown.length} rarest are in stats.json only.` : '';
  return {
    id: 'classes',
    title: 'Classes',
    lead: `By number of boxes. Sizes in pixels at the test size; the strip ends at ${Math.round(widest)}. The last columns are the shares within the valid range at each rate.${rest}`,
    content: scrolling(
      'classes',
      html`<table><thead><tr>${head.map(heading)}</tr></thead>
<tbody>${shown.map((c) => classRow(c, most, widest))}</tbody></table>`,
    ),
  };
}

function classRow({ name, instances, share, images, size, inside }: ClassStats, most: number, widest: number): Html {
  const percentOfWidest = (value: number) => `${((100 * value) / widest).toFixed(1)}%`;
  const strip =
    instances === 0
      ? undefined
      : html`<span class="strip" title="${size.p10!.toFixed(0)} · ${size.median!.toFixed(0)} · ${size.p90!.toFixed(0)}"><i style="left:${percentOfWidest(size.p10!)};width:${percentOfWidest(size.p90! - size.p10!)}"></i><b style="left:${percentOfWidest(size.median!)}"></b></span>`;
  const bar = html`<span class="count-bar" style="width:${((100 * instances) / most).toFixed(1)}%"></span>`;
  const numbers = [
    thousands(instances),
    percentText(share),
    thousands(images),
    size.mean?.toFixed(1) ?? '–',
    size.std?.toFixed(1) ?? '–',
  ];
  const within = inside.map((s) => (instances === 0 ? '–' : percentText(s)));
  return html`<tr><td class="name">${name}</td><td class="wide">${bar}</td>${numbers.map(cell)}<td class="wide">${strip}</td>${within.map(cell)}</tr>`;
}
