import { attributes, html, type Html } from '../page/html.ts';
import { inkOn } from './palette.ts';
import { textLine } from './text-line.ts';

/** A box to draw: pixels of the picture. */
export interface DrawnBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** What the tag says, in any script; empty for no tag. */
  readonly name: string;
  /** Behind the name, e.g. `.93`: apart from it, so that a name written from the right does not turn it round. */
  readonly score: string;
  /** `#rrggbb`. */
  readonly color: string;
}

/** Pixels of a frame's line and of the letters' em: pictures of any size stay readable, small ones are not covered. */
function strokeOf(width: number, height: number): { line: number; em: number } {
  const side = Math.min(width, height);
  return { line: Math.max(1, Math.round(side / 240)), em: Math.max(12, Math.round(side / 36)) };
}

/**
 * An SVG of the picture's size with the boxes and their tags, to be laid over it. Boxes are drawn in the order given,
 * so the best comes last. The outer edge of a frame is the box, rounded to pixels.
 */
export function boxesSvg(boxes: readonly DrawnBox[], width: number, height: number): string {
  const { line, em } = strokeOf(width, height);
  const shapes = boxes.map((box) => [frame(box, width, height, line), tag(box, width, height, line, em)]);
  const size = attributes({ width, height, viewBox: `0 0 ${width} ${height}` });
  return html`<svg xmlns="http://www.w3.org/2000/svg"${size} shape-rendering="crispEdges">${shapes}</svg>`.toString();
}

function frame(box: DrawnBox, width: number, height: number, line: number): Html {
  const left = clamp(Math.round(box.x), 0, width - line);
  const top = clamp(Math.round(box.y), 0, height - line);
  const right = clamp(Math.round(box.x + box.width), left + line, width);
  const bottom = clamp(Math.round(box.y + box.height), top + line, height);
  const w = Math.max(0, right - left - line);
  const h = Math.max(0, bottom - top - line);
  const place = attributes({ x: left + line / 2, y: top + line / 2, width: w, height: h, fill: 'none' });
  // A dark rim keeps a bright frame visible on a bright picture.
  const rim = html`<rect${place} stroke="#000000" stroke-opacity="0.45" stroke-width="${line + 2}"/>`;
  return html`${rim}<rect${place} stroke="${box.color}" stroke-width="${line}"/>`;
}

/**
 * Of an em: height of a tag, of the baseline above its lower edge, and the room beside the text and between its parts.
 */
const TAG = { height: 1.24, baseline: 0.3, side: 0.25, gap: 0.3 };

/** The tag sits on the box's upper edge, or inside where there is no room above, and never leaves the picture. */
function tag(box: DrawnBox, width: number, height: number, line: number, em: number): Html | undefined {
  if (box.name === '') return undefined;
  const [name, score] = [textLine(box.name), textLine(box.score)];
  const behind = TAG.side + name.width + (box.score === '' ? 0 : TAG.gap);
  const w = Math.ceil((behind + score.width + TAG.side) * em);
  const h = Math.round(TAG.height * em);
  const x = clamp(Math.round(box.x), 0, Math.max(0, width - w));
  const above = Math.round(box.y) - h + line;
  const y = clamp(above >= 0 ? above : Math.round(box.y), 0, Math.max(0, height - h));
  const text = (path: string, left: number) => {
    const to = `translate(${(x + left * em).toFixed(2)} ${(y + h - TAG.baseline * em).toFixed(2)}) scale(${em})`;
    return html`<path transform="${to}" d="${path}" fill="${inkOn(box.color)}" shape-rendering="geometricPrecision"/>`;
  };
  const ground = html`<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="${box.color}" fill-opacity="0.88"/>`;
  return html`${ground}${text(name.path, TAG.side)}${text(score.path, behind)}`;
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}
