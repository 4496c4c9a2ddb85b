/**
 * Icons as pixels: rendered once from their vector bodies and kept at halving sizes, so that any smaller one can be
 * sampled.
 */

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import sharp from 'sharp';

/** Side of the largest rendering in pixels. */
const ICON_SIZE = 256;
const LEVELS = 5;

/** One rendering: RGBA rows with colors multiplied by alpha, `size` x `size`. */
export interface IconLevel {
  readonly size: number;
  readonly pixels: Uint8Array;
}

/**
 * An icon: `levels[i]` is `ICON_SIZE / 2^i` pixels wide; the frame is tight around what can be seen, in pixels of level
 * 0.
 */
export interface Icon {
  readonly name: string;
  readonly levels: readonly IconLevel[];
  readonly frame: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
}

interface IconCollection {
  readonly icons: Readonly<Record<string, { readonly body: string }>>;
  readonly width: number;
  readonly height: number;
}

let collection: Promise<IconCollection> | undefined;
const rendered = new Map<string, Promise<Icon>>();

async function readCollection(): Promise<IconCollection> {
  const path = createRequire(import.meta.url).resolve('@iconify-json/noto/icons.json');
  return JSON.parse(await readFile(path, 'utf8')) as IconCollection;
}

function halve({ size, pixels }: IconLevel): IconLevel {
  const half = size / 2;
  const out = new Uint8Array(half * half * 4);
  for (let y = 0; y < half; y++) {
    for (let x = 0; x < half; x++) {
      for (let c = 0; c < 4; c++) {
        const at = (2 * y * size + 2 * x) * 4 + c;
        const sum = pixels[at]! + pixels[at + 4]! + pixels[at + size * 4]! + pixels[at + size * 4 + 4]!;
        out[(y * half + x) * 4 + c] = (sum + 2) >> 2;
      }
    }
  }
  return { size: half, pixels: out };
}

function tightFrame({ size, pixels }: IconLevel, name: string): Icon['frame'] {
  let [left, top, right, bottom] = [size, size, -1, -1];
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      if (pixels[(y * size + x) * 4 + 3]! < 128) continue;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      bottom = y;
    }
  }
  if (right < 0)
    throw new Error(`Icon "${name}" of @iconify-json/noto renders to nothing; the installed sharp cannot draw it.`);
  return { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

async function render(name: string): Promise<Icon> {
  const { icons, width, height } = await (collection ??= readCollection());
  const icon = icons[name];
  if (icon === undefined)
    throw new Error(`Icon "${name}" is not in the installed @iconify-json/noto; version 1.2.9 has it.`);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${ICON_SIZE}" height="${ICON_SIZE}">${icon.body}</svg>`;
  const { data } = await sharp(Buffer.from(svg)).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const pixels = new Uint8Array(data);
  for (let i = 0; i < pixels.length; i += 4) {
    const alpha = pixels[i + 3]!;
    for (let c = 0; c < 3; c++) pixels[i + c] = (pixels[i + c]! * alpha + 127) / 255;
  }
  const levels: IconLevel[] = [{ size: ICON_SIZE, pixels }];
  while (levels.length < LEVELS) levels.push(halve(levels.at(-1)!));
  return { name, levels, frame: tightFrame(levels[0]!, name) };
}

/** The icons of these names, rendered at most once in the life of the process. */
export async function loadIcons(names: readonly string[]): Promise<Icon[]> {
  return Promise.all(
    names.map((name) => {
      const known = rendered.get(name);
      if (known !== undefined) return known;
      const icon = render(name);
      rendered.set(name, icon);
      // A failure is reported, not remembered.
      icon.catch(() => rendered.delete(name));
      return icon;
    }),
  );
}
