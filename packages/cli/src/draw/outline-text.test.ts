import sharp from 'sharp';
import { outlineText } from './outline-text.ts';
import { textLine } from './text-line.ts';

const svg = (body: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40"><rect width="120" height="40" fill="#fff"/>${body}</svg>`;

/** Columns of a rendered SVG that are not white: first and last. */
async function inked(text: string): Promise<[number, number]> {
  const { data, info } = await sharp(Buffer.from(text))
    .flatten()
    .grayscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const dark = Array.from({ length: info.width }, (_, x) => x).filter((x) =>
    Array.from({ length: info.height }, (_, y) => data[(y * info.width + x) * info.channels]!).some((v) => v < 128),
  );
  return [dark[0]!, dark.at(-1)!];
}

test('no text is left, and the outlines stand where the anchor puts them', async () => {
  const width = textLine('Größe 猫').width * 12;
  const at = async (anchor: string) => {
    const outlined = outlineText(svg(`<text x="60" y="20"${anchor} class="soft">Größe 猫</text>`), 12);
    expect(outlined).not.toContain('<text');
    expect(outlined).toContain('class="outline soft"');
    return inked(outlined);
  };
  const [start] = await at('');
  const [middle] = await at(' text-anchor="middle"');
  const [, end] = await at(' text-anchor="end"');
  expect(Math.abs(start - 61)).toBeLessThanOrEqual(1);
  expect(Math.abs(start - middle - width / 2)).toBeLessThanOrEqual(1);
  expect(Math.abs(end - 59)).toBeLessThanOrEqual(2);
});

test('escaped letters are drawn as they are meant, a turn is kept', () => {
  const outlined = outlineText(svg('<text x="1" y="2" transform="rotate(-90 14 20)">a &#60; b &#38;</text>'), 10);
  expect(outlined).toContain(
    `transform="rotate(-90 14 20) translate(1.00 2) scale(10)" d="${textLine('a < b &').path}"`,
  );
});
