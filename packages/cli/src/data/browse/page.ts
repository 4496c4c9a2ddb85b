import { mapBoxes, type AffineMap } from '@sed/geometry';
import type { RgbImage, View } from '@sed/augment';
import type { Annotation } from '@sed/datasets-coco';
import { methodPlan, type RunConfig } from '@sed/trainer';
import { renderDocument } from '../../page/document.ts';
import { attributes, html, joined, type Html } from '../../page/html.ts';
import { classLegend } from '../../page/legend.ts';
import { renderSection } from '../../page/section.ts';
import { definitions } from '../../page/table.ts';
import type { BrowsedImage } from './collect.ts';
import { describeMove, describeWeak, drawSettings } from './describe.ts';
import { halfView } from './half.ts';
import { renderPanel, type PanelBox } from './panel.ts';

export interface BrowsePage {
  readonly name: string;
  readonly config: RunConfig;
  /** Whether the config is a run's, or made up around the sources of the command line. */
  readonly ownConfig: boolean;
  readonly classes: readonly string[];
  readonly images: readonly BrowsedImage[];
  readonly step: number;
  readonly notes: readonly string[];
  /** The pixels of a file. */
  readonly decode: (path: string) => Promise<RgbImage>;
  readonly onProgress?: (done: number) => void;
}

const OWN = `
main{max-width:1720px}
.sheet{margin:0 0 26px}
.sheet .file{margin:0 0 4px;font-size:13.5px;display:flex;flex-wrap:wrap;gap:2px 14px;align-items:baseline}
.sheet .file b{overflow-wrap:anywhere}
.row{display:flex;gap:10px;align-items:flex-start;overflow-x:auto;padding-bottom:4px}
.row figure{margin:0;flex:1 1 0;min-width:230px}
.row figure.half{flex-grow:.5;min-width:150px}
.row figcaption{display:block;font-size:13px;line-height:1.35;min-height:2.8em;margin:0 0 4px}
.row figcaption span{color:var(--soft);display:block}
.view{display:block;width:100%;height:auto;border-radius:4px}
.view rect:not(.tag){fill:none;stroke-width:2;vector-effect:non-scaling-stroke}
.view rect.rim{stroke:#000;stroke-opacity:.5;stroke-width:4}
.view .tag{fill-opacity:.9}
.view text{font-family:system-ui,"DejaVu Sans",sans-serif;font-weight:600}
.legend{display:inline-flex;flex-wrap:wrap;gap:2px 12px}
.legend .key{margin:0}
dl.settings{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;font-size:14px;margin:8px 0 0}
dl.settings dt{color:var(--soft)}dl.settings dd{margin:0}
`;

/** The page of `sed-cli data browse`: contact sheets in one HTML text, without a script and without a network. */
export async function renderBrowsePage(page: BrowsePage): Promise<string> {
  const { name, images, config, step } = page;
  const sheets: Html[] = [];
  for (const [i, image] of images.entries()) {
    sheets.push(await sheet(page, image));
    page.onProgress?.(i + 1);
  }
  const labeled = sheets.filter((_, i) => images[i]!.kind === 'labeled');
  const unlabeled = sheets.filter((_, i) => images[i]!.kind === 'unlabeled');
  const counts = [
    ...(labeled.length > 0 ? [`${labeled.length} labeled`] : []),
    ...(unlabeled.length > 0 ? [`${unlabeled.length} unlabeled`] : []),
  ];
  const from = page.ownConfig ? `from step ${step} of the run` : 'with the paper’s settings';
  return renderDocument({
    title: `${name}: views`,
    generator: 'data browse',
    kicker: 'Views of training',
    headline: `${name}: ${counts.join(' and ')} images, ${from}, seed ${config.seed}`,
    styles: [OWN],
    body: html`<ul class="notes">${page.notes.map((note) => html`<li>${note}</li>`)}
<li>A frame is a box where the view has it, in the color of its class; a name is left out where it would cover another. A dashed frame is one that training does not see.</li></ul>
<details><summary>What the views are drawn with</summary>${definitions(drawSettings(config), 'settings')}</details>
${sheetsSection('Labeled images', labeled)}${sheetsSection('Unlabeled images', unlabeled)}`,
    foot: 'Made by sed-cli data browse with the loader of training: the same seed and step give the same views in a run.',
  });
}

const sheetsSection = (title: string, sheets: readonly Html[]): Html | undefined =>
  sheets.length === 0 ? undefined : renderSection({ title, content: html`\n${joined(sheets, '\n')}` });

async function sheet(page: BrowsePage, image: BrowsedImage): Promise<Html> {
  const { config, classes } = page;
  const { weak, strong, stronger, annotations, kind } = image;
  const raw = await page.decode(image.path);
  const roles = rolesOf(config, kind, page.ownConfig);
  const unseen = kind === 'unlabeled';
  const boxesIn = (view: View) => viewBoxes(view, classes, unseen);
  const moved = describeMove(weak, strong);
  const half = halfView(strong, config.augment.fill);
  const halved: AffineMap = [0.5, 0, 0, 0, 0.5, 0];
  const halfBoxes = boxesIn({ ...strong, boxes: mapBoxes(strong.boxes, halved) });
  const panels: [string, string, string, RgbImage, readonly PanelBox[], number][] = [
    [
      'in the file',
      `${raw.width} × ${raw.height}`,
      boxNote(annotations, unseen),
      raw,
      fileBoxes(annotations, classes, unseen),
      1,
    ],
    ['weak', describeWeak(weak), roles.weak, weak, boxesIn(weak), 1],
    ['strong', moved ?? 'the geometry of the weak view', roles.strong, strong, boxesIn(strong), 1],
    ...(stronger
      ? [
          [
            'stronger (C,G)',
            describeMove(weak, stronger) ?? 'not moved',
            'with the paper’s geometry (A.2)',
            stronger,
            boxesIn(stronger),
            1,
          ] as [string, string, string, RgbImage, readonly PanelBox[], number],
        ]
      : []),
    ['half size', `${half.width} × ${half.height}`, roles.half, half, halfBoxes, 0.5],
  ];
  const figures: Html[] = [];
  for (const [title, size, note, picture, boxes, scale] of panels) {
    const svg = await renderPanel({ image: picture, boxes, title: `${image.fileName}, ${title}` }, scale);
    figures.push(
      html`<figure${attributes({ class: scale === 1 ? undefined : 'half' })}><figcaption><b>${title}</b> ${size}<span>${note}</span></figcaption>${svg}</figure>`,
    );
  }
  const used = [...new Set(annotations?.map((a) => a.category) ?? [])].sort((a, b) => a - b);
  const step = page.ownConfig ? html`<span class="note">step ${image.step}</span>` : undefined;
  return html`<div class="sheet"><p class="file"><b>${image.fileName}</b>${step}<span class="legend">${classLegend(used, classes)}</span></p><div class="row">${figures}</div></div>`;
}

/** Who sees which view. */
function rolesOf(
  config: RunConfig,
  kind: BrowsedImage['kind'],
  ownConfig: boolean,
): { weak: string; strong: string; half: string } {
  if (!ownConfig) return { weak: 'what a teacher sees', strong: 'what a student sees', half: 'the student’s X̂, s = 1' };
  if (kind === 'labeled') {
    const strong = config.augment.labeled === 'strong';
    return {
      weak: strong ? 'before the strong view' : 'the supervised loss',
      strong: strong ? 'the supervised loss' : 'not used (augment.labeled is weak)',
      half: 'not used for labeled images',
    };
  }
  const most = Math.max(1, methodPlan(config).halvings);
  return {
    weak: 'the teacher’s X′',
    strong: 'the student’s X',
    half: most === 1 ? 'the student’s X̂' : `the student’s X̂ where s is 1 of 1 to ${most}`,
  };
}

function boxNote(annotations: readonly Annotation[] | undefined, unseen: boolean): string {
  if (annotations === undefined) return 'no boxes are known';
  const crowds = annotations.filter((a) => a.crowd).length;
  const difficult = annotations.filter((a) => !a.crowd && a.difficult === true).length;
  const n = annotations.length;
  return [
    `${n} ${n === 1 ? 'box' : 'boxes'}${unseen ? ', hidden from training' : ''}`,
    ...(crowds > 0 ? [`${crowds} of a crowd`] : []),
    ...(difficult > 0 ? [`${difficult} difficult`] : []),
  ].join(', ');
}

function fileBoxes(
  annotations: readonly Annotation[] | undefined,
  classes: readonly string[],
  unseen: boolean,
): PanelBox[] {
  return (annotations ?? []).map(({ bbox: [x, y, w, h], category, crowd, difficult }) => ({
    x1: x,
    y1: y,
    x2: x + w,
    y2: y + h,
    category,
    name: `${classes[category] ?? category}${crowd ? ' (crowd)' : difficult === true ? ' (difficult)' : ''}`,
    unseen: unseen || crowd || difficult === true,
  }));
}

function viewBoxes({ boxes, labels }: View, classes: readonly string[], unseen: boolean): PanelBox[] {
  return Array.from(labels, (category, i) => ({
    x1: boxes[4 * i]!,
    y1: boxes[4 * i + 1]!,
    x2: boxes[4 * i + 2]!,
    y2: boxes[4 * i + 3]!,
    category,
    name: classes[category] ?? String(category),
    unseen,
  }));
}
