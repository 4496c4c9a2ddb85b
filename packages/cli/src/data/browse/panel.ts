/** A picture with boxes over it: a JPEG within an SVG, so that frames and names stay sharp at any size. */
import type { RgbImage } from '@sed/augment';
import sharp from 'sharp';
import { classColor, inkOn } from '../../draw/palette.ts';
import { attributes, html, type Html } from '../../page/html.ts';
import { svgNumber } from '../stats/svg.ts';

/** A box in pixels of the picture. */
export interface PanelBox {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
  readonly category: number;
  readonly name: string;
  /** Training does not see it: hidden, a crowd, difficult. */
  readonly unseen: boolean;
}

export interface Panel {
  readonly image: RgbImage;
  readonly boxes: readonly PanelBox[];
  /** What a screen reader says. */
  readonly title: string;
}

/** Longest side of an embedded picture in pixels, and the most bytes of one: the bound of the page. */
const LONGEST = 480;
export const MOST_BYTES = 48_000;
const QUALITIES = [78, 66, 52, 38, 24];

/** @param scale of the picture beside the others: a half-size view has 0.5, in its longest side too */
export async function renderPanel({ image, boxes, title }: Panel, scale = 1): Promise<Html> {
  const { width, height } = image;
  const jpeg = await encode(image, Math.round(LONGEST * scale));
  const font = Math.max(width, height) / 28;
  const sorted = [...boxes].sort((a, b) => area(b) - area(a));
  // at half size names would cover the picture
  const names = scale === 1 ? placeNames(sorted, width, height, font) : [];
  const frames = sorted.map((box) => {
    const { x1, y1, x2, y2, category, name, unseen } = box;
    const color = classColor(category);
    const place = attributes({
      x: svgNumber(x1),
      y: svgNumber(y1),
      width: svgNumber(x2 - x1),
      height: svgNumber(y2 - y1),
    });
    const look = attributes({ stroke: color, 'stroke-dasharray': unseen ? '5 3' : undefined });
    return html`<g><title>${name}${unseen ? ' (training does not see it)' : ''}</title><rect class="rim"${place}/><rect${place}${look}/></g>`;
  });
  return html`<svg class="view" style="--s:${scale}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}"><image href="data:image/jpeg;base64,${jpeg.toString('base64')}" width="${width}" height="${height}" preserveAspectRatio="none"/>${frames}${names}</svg>`;
}

const area = ({ x1, y1, x2, y2 }: PanelBox): number => (x2 - x1) * (y2 - y1);

async function encode({ pixels, width, height }: RgbImage, longest: number): Promise<Buffer> {
  const small = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .resize(longest, longest, { fit: 'inside', withoutEnlargement: true })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const raw = { width: small.info.width, height: small.info.height, channels: 3 as const };
  for (const quality of QUALITIES) {
    const jpeg = await sharp(small.data, { raw }).jpeg({ quality }).toBuffer();
    if (jpeg.length <= MOST_BYTES || quality === QUALITIES.at(-1)) return jpeg;
  }
  throw new Error('unreachable');
}

interface Spot {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** Width of a letter in parts of the font size; the text is fitted to it, whatever font is there. */
const LETTER = 0.66;

/**
 * Names go where they cover no other name: above their box, in it, below it. Where there is no such place the color
 * must do.
 */
function placeNames(boxes: readonly PanelBox[], width: number, height: number, font: number): Html[] {
  const taken: Spot[] = [];
  const h = font * 1.25;
  const placed: Html[] = [];
  // the small ones first: a large box has more places left
  for (const { x1, y1, x2, y2, name, category } of [...boxes].reverse()) {
    const w = name.length * font * LETTER + font * 0.5;
    const around = [
      [x1, y1 - h],
      [x2 - w, y1 - h],
      [x1, y2],
      [x2 - w, y2],
    ];
    const within = [
      [x1, y1],
      [x1, y2 - h],
      [x2 - w, y2 - h],
    ];
    // a name must not hide what it names
    const roomy = x2 - x1 > w && y2 - y1 > 2 * h;
    const [first, ...rest] = around;
    const spots = (roomy ? [first!, ...within, ...rest] : [...around, ...within]).map(([x, y]) => ({
      x: x!,
      y: y!,
      w,
      h,
    }));
    const inside = ({ x, y }: Spot) => x >= -0.5 && y >= -0.5 && x + w <= width + 0.5 && y + h <= height + 0.5;
    const free = spots.find((spot) => inside(spot) && !taken.some((other) => meet(spot, other)));
    if (!free) continue;
    taken.push(free);
    const color = classColor(category);
    placed.push(
      html`<rect class="tag" x="${svgNumber(free.x)}" y="${svgNumber(free.y)}" width="${svgNumber(w)}" height="${svgNumber(h)}" fill="${color}"/><text x="${svgNumber(free.x + font * 0.25)}" y="${svgNumber(free.y + font * 0.95)}" font-size="${svgNumber(font)}" textLength="${svgNumber(w - font * 0.5)}" lengthAdjust="spacingAndGlyphs" fill="${inkOn(color)}">${name}</text>`,
    );
  }
  return placed;
}

const meet = (a: Spot, b: Spot): boolean => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
