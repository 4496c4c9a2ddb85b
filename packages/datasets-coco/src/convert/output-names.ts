import { extname } from 'node:path';
import type { ImageRecord } from '../types.ts';

/** The name of an image in a folder without subfolders. */
export interface OutputName {
  /** Without extension. */
  readonly name: string;
  /** `.jpg`; as in the file's own name, in lower case. */
  readonly extension: string;
}

/**
 * A name for each image, different from all others and from those that are taken: its own where no other image has it,
 * else with its folders in front (`a/1.jpg` is `a_1`), else with a number behind. Case does not make names different:
 * some disks do not tell it.
 */
export function outputNames(images: readonly ImageRecord[], taken: Iterable<string> = []): OutputName[] {
  const parts = images.map(({ fileName, path }) => {
    const extension = extname(fileName) || extname(path);
    const whole = fileName.endsWith(extension) ? fileName.slice(0, fileName.length - extension.length) : fileName;
    return { whole, extension: extension.toLowerCase().replace(/^\.jpe$/, '.jpg') };
  });
  const base = (whole: string) => clean(whole.split(/[\\/]/).at(-1) as string);
  const often = new Map<string, number>();
  for (const { whole } of parts) {
    const key = base(whole).toLowerCase();
    often.set(key, (often.get(key) ?? 0) + 1);
  }
  const used = new Set([...taken].map((name) => name.toLowerCase()));
  return parts.map(({ whole, extension }) => {
    const own = base(whole);
    const isFree = often.get(own.toLowerCase()) === 1 && !used.has(own.toLowerCase());
    const first = isFree ? own : clean(whole.replace(/^(?:\.\.?[\\/])+/, '').replace(/[\\/]+/g, '_'));
    let name = first;
    for (let n = 2; used.has(name.toLowerCase()); n++) name = `${first}_${n}`;
    used.add(name.toLowerCase());
    return { name, extension };
  });
}

/** Control characters and blanks at the ends would break lists of one name a line. */
const clean = (name: string): string => name.replace(/[\x00-\x1f\x7f]/g, '_').trim() || '_';
