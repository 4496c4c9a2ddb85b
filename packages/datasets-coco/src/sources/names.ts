import { distance } from 'fastest-levenshtein';

/** A few names as a message shows them. */
export const quote = (names: readonly string[], most = 10): string =>
  names
    .slice(0, most)
    .map((name) => `'${name}'`)
    .join(', ') + (names.length > most ? `, … (${names.length})` : '');

/** Case, spaces, hyphens and punctuation apart, what a name is. */
const simple = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

/** The classes that VOC and COCO name differently (VOC: COCO). */
const SYNONYMS: Readonly<Record<string, string>> = {
  aeroplane: 'airplane',
  diningtable: 'dining table',
  motorbike: 'motorcycle',
  pottedplant: 'potted plant',
  sofa: 'couch',
  tvmonitor: 'tv',
};

/** The name among `names` that differs from `name` in case, spaces or punctuation alone, or is its synonym. */
export function alike(name: string, names: readonly string[]): string | undefined {
  const own = simple(name);
  return names.find((other) => simple(other) === own || isSynonym(own, simple(other)));
}

/** The name among `names` that is probably meant by `name`: the same but for case and punctuation, a synonym, or a slip of the pen. */
export function nearMiss(name: string, names: readonly string[]): string | undefined {
  const own = simple(name);
  const same = alike(name, names);
  if (same !== undefined) return same;
  if (own.length < 4) return undefined;
  let best: string | undefined;
  let least = Math.min(2, Math.floor(own.length / 4)) + 1;
  for (const other of names) {
    const d = distance(own, simple(other));
    if (d < least) [best, least] = [other, d];
  }
  return best;
}

function isSynonym(a: string, b: string): boolean {
  return Object.entries(SYNONYMS).some(([voc, coco]) => {
    const other = simple(coco);
    return (a === voc && b === other) || (a === other && b === voc);
  });
}
