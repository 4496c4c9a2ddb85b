import { cocoIou } from '@sed/geometry';
import { classColor } from '../draw/palette.ts';
import { attributes, html, joined, raw, type Html } from '../page/html.ts';
import { classLegend } from '../page/legend.ts';
import type { Section } from '../page/section.ts';
import type { ReportRun } from './runs.ts';

/** A box of a picture: `x y w h` in pixels of the image file, `category` an index into the names. */
export interface PictureBox {
  readonly category: number;
  readonly bbox: readonly [number, number, number, number];
  readonly score?: number;
}

/** What a run's networks find on some validation images: `report-images.json` of a run folder. */
export interface PictureSet {
  /** By name, with the iteration of the checkpoint that was taken. */
  readonly networks: readonly { readonly name: string; readonly step: number }[];
  readonly categories: readonly string[];
  readonly images: readonly {
    readonly path: string;
    readonly fileName: string;
    readonly width: number;
    readonly height: number;
    readonly truth: readonly PictureBox[];
    /** Boxes of each of the networks. */
    readonly found: readonly (readonly PictureBox[])[];
  }[];
}

/**
 * A detection and whether an object is there: IoU of at least 0.5 with one of its class that no better detection took.
 */
export function judge(
  detections: readonly PictureBox[],
  truth: readonly PictureBox[],
): { box: PictureBox; right: boolean }[] {
  const taken = new Set<number>();
  return [...detections]
    .sort((a, b) => (b.score ?? 1) - (a.score ?? 1))
    .map((box) => {
      let best = -1;
      let overlap = 0.5;
      truth.forEach((t, i) => {
        const value = cocoIou(box.bbox, t.bbox);
        if (!taken.has(i) && t.category === box.category && value >= overlap) {
          best = i;
          overlap = value;
        }
      });
      if (best >= 0) taken.add(best);
      return { box, right: best >= 0 };
    });
}

/** The score at which the slider starts. */
const START = 0.3;

/**
 * Validation images with the ground truth beside each run's boxes. An image is embedded once (a class with a
 * background) and shown many times; the boxes are SVG over it, so that they stay sharp and the slider can hide them.
 *
 * @param jpegs data by image path: base64 of a JPEG of any size with the image's aspect
 * @param missing why a run has no pictures, by label
 */
export function picturesSection(
  runs: readonly ReportRun[],
  sets: ReadonlyMap<string, PictureSet>,
  jpegs: ReadonlyMap<string, string>,
  missing: ReadonlyMap<string, string>,
): Section {
  const reasons = [...missing].map(([run, why]) => html`<p class="missing">No pictures of ${run}: ${why}</p>`);
  const first = [...sets.values()][0];
  if (first === undefined) {
    const none = html`<p class="missing">There are none.</p>`;
    return {
      id: 'pictures',
      title: 'Pictures',
      content: html`${reasons.length > 0 ? reasons : none}`,
      explain: 'all of it',
    };
  }
  const shown = first.images.filter((image) => jpegs.has(image.path));
  const styles = shown
    .map((image, i) => `.pic${i}{background-image:url(data:image/jpeg;base64,${jpegs.get(image.path)!})}`)
    .join('\n');
  const used = new Set<number>();
  const columns = runs.flatMap((run) => {
    const set = sets.get(run.folder);
    if (!set) return [];
    return set.networks.map(({ name, step }, index) => {
      const label = run.networks.find((network) => network.name === name)?.label ?? name;
      return { set, index, title: `${run.label} · ${label}`, step: `iteration ${step}` };
    });
  });
  const rows = shown.map((image, i) => {
    const truth = image.truth.map((box) => ({ box, right: true }));
    const panels = [panel(image, i, 'ground truth', truth, first.categories, undefined, used)];
    for (const { set, index, title } of columns) {
      const same = set.images.find((other) => other.fileName === image.fileName);
      const found = same?.found[index];
      if (same && found)
        panels.push(panel(image, i, title, judge(found, same.truth), set.categories, same.truth.length, used));
    }
    return html`<div class="pictures" role="group" aria-label="${image.fileName}" style="--n:${panels.length}"><p class="file">${image.fileName}</p>${panels}</div>`;
  });
  const legend = classLegend(
    [...used].sort((a, b) => a - b),
    first.categories,
  );
  const steps =
    new Set(columns.map(({ step }) => step)).size === 1
      ? columns[0]!.step
      : columns.map(({ title, step }) => `${title}: ${step}`).join(', ');
  const slider = html`<label>score ≥ <output id="score-value">${START.toFixed(2)}</output> <input id="score" type="range" min="0.05" max="0.95" step="0.05" value="${START}"></label>`;
  const large = html`<dialog id="large" aria-labelledby="large-name"><button type="button" aria-label="close">×</button><div></div></dialog>`;
  return {
    id: 'pictures',
    title: 'Pictures',
    lead: `Validation images (${steps}). A solid frame has an object of its class at IoU ≥ 0.5, a dashed one has none. A picture opens large, with names and scores.`,
    content: html`<p class="controls">${slider} ${joined(legend, ' ')}</p>
${reasons}<style>${raw(styles)}</style>${joined(rows, '\n')}${large}`,
    explain: 'all of it',
  };
}

function panel(
  image: PictureSet['images'][number],
  index: number,
  title: string,
  boxes: readonly { box: PictureBox; right: boolean }[],
  categories: readonly string[],
  objects: number | undefined,
  used: Set<number>,
): Html {
  const { width, height } = image;
  const font = Math.max(width, height) / 46;
  const shapes = boxes.map(({ box, right }) => {
    used.add(box.category);
    const [x, y, w, h] = box.bbox.map((v) => Number(v.toFixed(1))) as [number, number, number, number];
    const name = categories[box.category] ?? String(box.category);
    const text = box.score === undefined ? name : `${name} ${box.score.toFixed(2)}`;
    const state = attributes({
      'data-score': box.score?.toFixed(4),
      'data-right': box.score === undefined ? undefined : Number(right),
      style: box.score !== undefined && box.score < START ? 'display:none' : undefined,
    });
    const color = classColor(box.category);
    const frame = html`<rect x="${x}" y="${y}" width="${w}" height="${h}" stroke="${color}"${attributes({ class: right ? undefined : 'wrong' })}/>`;
    const tag = html`<text x="${x + font / 5}" y="${y + font}" font-size="${font.toFixed(1)}" fill="${color}">${text}</text>`;
    return html`<g${state}><title>${text}${right ? '' : ' (no object)'}</title>${frame}${tag}</g>`;
  });
  const caption = objects === undefined ? `${boxes.length} objects` : '';
  const picture = html`<svg class="pic pic${index}" viewBox="0 0 ${width} ${height}" style="aspect-ratio:${width}/${height}" role="img" aria-label="${image.fileName}, ${title}">${shapes}</svg>`;
  return html`<figure class="panel"${attributes({ 'data-objects': objects })}><figcaption><b>${title}</b> <span class="count">${caption}</span></figcaption><button type="button" class="zoom" aria-label="enlarge ${image.fileName}, ${title}">${picture}</button></figure>`;
}
