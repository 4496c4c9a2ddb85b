/** SVG text as outlines, for renderers that have no fonts: a server's PNG would lack its words without a word said. */
import { html } from '../page/html.ts';
import { textLine } from './text-line.ts';

const TEXT = /<text\b([^>]*)>([^<]*)<\/text>/g;

/**
 * The same SVG with each `<text>` as a `<path>`: its place, anchor, transform and class are kept, `.outline` is added
 * to the class for the style's sake. Spans within a text are not read.
 * @param size of the letters, in the units of the SVG
 */
export function outlineText(svg: string, size: number): string {
  return svg.replace(TEXT, (_, attributes: string, content: string) => {
    const value = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1];
    const { path, width } = textLine(decoded(content));
    const anchor = { middle: 0.5, end: 1 }[value('text-anchor') ?? ''] ?? 0;
    const x = Number(value('x') ?? 0) - anchor * width * size;
    const transform = `${value('transform') ?? ''} translate(${x.toFixed(2)} ${value('y') ?? 0}) scale(${size})`.trim();
    return html`<path class="${`outline ${value('class') ?? ''}`.trim()}" transform="${transform}" d="${path}"/>`.toString();
  });
}

/** Characters as `html` escapes them. */
const decoded = (text: string): string =>
  text.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
