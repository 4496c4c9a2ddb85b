import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Problems } from '../problems.ts';
import { labelPath } from './list-images.ts';

/** What tools write beside labels that is none. */
const OTHERS =
  /^(?:classes|predefined_classes|labels|notes|obj|names|train|val|valid|test|readme.*|license.*|requirements)\.txt$/i;

/**
 * Notes label files that belong to no image of a set: their boxes are not used. Only folders are looked at; a set that is a list of
 * images may leave out what it likes.
 *
 * @param entries of the set: folders, and text files, which are passed over
 * @param images those of the set
 */
export async function noteStrayLabels(
  entries: readonly string[],
  images: readonly string[],
  notes: Problems,
): Promise<void> {
  const folders = [];
  for (const entry of entries) if ((await stat(entry)).isDirectory()) folders.push(entry);
  if (folders.length < entries.length) return;
  const known = new Set(images.map(labelPath));
  const places = new Set([...known].map((path) => dirname(path)));
  for (const place of [...places].sort()) {
    const files = await readdir(place).catch((): string[] => []);
    for (const name of files.sort()) {
      const path = join(place, name);
      if (!name.endsWith('.txt') || OTHERS.test(name) || known.has(path)) continue;
      notes.add({
        file: path,
        at: '',
        found: 'no image of the set has this name',
        kind: 'label files without an image',
        advice: 'their boxes are not used: put the images there, in a format that is read, or take the files away',
        skips: 'file',
      });
    }
  }
}
