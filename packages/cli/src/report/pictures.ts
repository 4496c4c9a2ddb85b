import { cocoIou } from '@sed/geometry';
import { classColor } from '../draw/palette.ts';
import { escapeHtml } from '../page/html.ts';
import { averagedName, rawName, type ReportRun } from './runs.ts';
import { section } from './section.ts';

/** A box of a picture: `x y w h` in pixels of the image file, `category` an index into the names. */
export interface PictureBox {
  readonly category: number;
  readonly bbox: readonly [number, number, number, number];
  readonly score?: number;
}

/** What a run's two models find on some validation images: `report-images.json` of a run folder. */
export interface PictureSet {
  /** Iteration of each model's checkpoint. */
  readonly steps: { readonly student?: number; readonly teacher?: number };
  readonly categories: readonly string[];
  readonly images: readonly {
    readonly path: string;
    readonly fileName: string;
    readonly width: number;
    readonly height: number;
    readonly truth: readonly PictureBox[];
    readonly student?: readonly PictureBox[];
    readonly teacher?: readonly PictureBox[];
  }[];
}

/** A detection and whether an object is there: IoU of at least 0.5 with one of its class that no better detection took. */
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
 * Validation images with the ground truth beside each run's boxes. An image is embedded once (a class with a background) and shown
 * many times; the boxes are SVG over it, so that they stay sharp and the slider can hide them.
 *
 * @param jpegs data by image path: base64 of a JPEG of any size with the image's aspect
 * @param missing why a run has no pictures, by label
 */
export function picturesSection(
  runs: readonly ReportRun[],
  sets: ReadonlyMap<string, PictureSet>,
  jpegs: ReadonlyMap<string, string>,
  missing: ReadonlyMap<string, string>,
): string {
  const reasons = [...missing]
    .map(([run, why]) => `<p class="missing">No pictures of ${escapeHtml(run)}: ${escapeHtml(why)}</p>`)
    .join('');
  const first = [...sets.values()][0];
  if (first === undefined)
    return section('pictures', 'Pictures', '', reasons || '<p class="missing">There are none.</p>');
  const shown = first.images.filter((image) => jpegs.has(image.path));
  const styles = shown
    .map((image, i) => `.pic${i}{background-image:url(data:image/jpeg;base64,${jpegs.get(image.path)!})}`)
    .join('\n');
  const used = new Set<number>();
  const columns = runs.flatMap((run) => {
    const set = sets.get(run.folder);
    if (!set) return [];
    return (['student', 'teacher'] as const)
      .filter((model) => set.images.some((i) => i[model] !== undefined))
      .map((model) => ({
        run,
        set,
        model,
        title: `${run.label} · ${model === 'teacher' ? averagedName(run) : rawName(run)}`,
      }));
  });
  const rows = shown.map((image, i) => {
    const truth = image.truth.map((box) => ({ box, right: true }));
    const panels = [panel(image, i, 'ground truth', truth, first.categories, undefined, used)];
    for (const { set, model, title } of columns) {
      const same = set.images.find((other) => other.fileName === image.fileName);
      const found = same?.[model];
      if (same && found)
        panels.push(panel(image, i, title, judge(found, same.truth), set.categories, same.truth.length, used));
    }
    return `<div class="pictures" role="group" aria-label="${escapeHtml(image.fileName)}" style="--n:${panels.length}"><p class="file">${escapeHtml(image.fileName)}</p>${panels.join('')}</div>`;
  });
  const legend = [...used]
    .sort((a, b) => a - b)
    .map(
      (k) =>
        `<span class="key"><i class="swatch" style="background:${classColor(k)}"></i>${escapeHtml(first.categories[k] ?? String(k))}</span>`,
    );
  const stepOf = (c: (typeof columns)[number]) => `iteration ${c.set.steps[c.model] ?? '?'}`;
  const steps =
    new Set(columns.map(stepOf)).size === 1
      ? stepOf(columns[0]!)
      : columns.map((c) => `${c.title}: ${stepOf(c)}`).join(', ');
  return section(
    'pictures',
    'Pictures',
    `Validation images (${steps}). A solid frame has an object of its class at IoU ≥ 0.5, a dashed one has none. A picture opens large, with names and scores.`,
    `<p class="controls"><label>score ≥ <output id="score-value">${START.toFixed(2)}</output> <input id="score" type="range" min="0.05" max="0.95" step="0.05" value="${START}"></label> ${legend.join(' ')}</p>
${reasons}<style>${styles}</style>${rows.join('\n')}<dialog id="large" aria-labelledby="large-name"><button type="button" aria-label="close">×</button><div></div></dialog>`,
  );
}

function panel(
  image: PictureSet['images'][number],
  index: number,
  title: string,
  boxes: readonly { box: PictureBox; right: boolean }[],
  categories: readonly string[],
  objects: number | undefined,
  used: Set<number>,
): string {
  const { width, height } = image;
  const font = Math.max(width, height) / 46;
  const shapes = boxes.map(({ box, right }) => {
    used.add(box.category);
    const [x, y, w, h] = box.bbox.map((v) => Number(v.toFixed(1))) as [number, number, number, number];
    const name = categories[box.category] ?? String(box.category);
    const text = box.score === undefined ? name : `${name} ${box.score.toFixed(2)}`;
    const hidden = box.score !== undefined && box.score < START ? ' style="display:none"' : '';
    const data = box.score === undefined ? '' : ` data-score="${box.score.toFixed(4)}" data-right="${right ? 1 : 0}"`;
    return `<g${data}${hidden}><title>${escapeHtml(text)}${right ? '' : ' (no object)'}</title><rect x="${x}" y="${y}" width="${w}" height="${h}" stroke="${classColor(box.category)}"${right ? '' : ' class="wrong"'}/><text x="${x + font / 5}" y="${y + font}" font-size="${font.toFixed(1)}" fill="${classColor(box.category)}">${escapeHtml(text)}</text></g>`;
  });
  const caption = objects === undefined ? `${boxes.length} objects` : '';
  const data = objects === undefined ? '' : ` data-objects="${objects}"`;
  return `<figure class="panel"${data}><figcaption><b>${escapeHtml(title)}</b> <span class="count">${caption}</span></figcaption><button type="button" class="zoom" aria-label="${escapeHtml(`enlarge ${image.fileName}, ${title}`)}"><svg class="pic pic${index}" viewBox="0 0 ${width} ${height}" style="aspect-ratio:${width}/${height}" role="img" aria-label="${escapeHtml(`${image.fileName}, ${title}`)}">${shapes.join('')}</svg></button></figure>`;
}
