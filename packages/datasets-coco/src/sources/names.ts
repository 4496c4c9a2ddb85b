import { distance } from 'fastest-levenshtein';

/** A few names as a message shows them. */
export const quote = (names: readonly string[], most = 10): string =>
  names
    .slice(0, most)
    .map((name) => `'${name}'`)
    .join(', ') + (names.length > most ? `, … (${names.length})` : '');

/** Case, spaces, hyphens and punctuation apart, what a name is. */
export const simple = (name: string): string => {
  const letters = name.normalize('NFKC').toLowerCase();
  // marks are letters' own in many scripts; a name of signs alone is itself
  return letters.replace(/[^\p{L}\p{N}\p{M}]/gu, '') || letters;
};

const oneBlank = (name: string): string => name.trim().replace(/\s+/g, ' ');

/** Equal for two names that differ in case, blanks or Unicode form alone. */
export const sameButForForm = (name: string): string => oneBlank(name.normalize('NFKC').toLowerCase());

/**
 * In what two names differ that a reader may not see: `case`, `blanks`, `Unicode form`; `spelling` where in more than
 * these.
 */
export function difference(a: string, b: string): string {
  if (sameButForForm(a) !== sameButForForm(b)) return 'spelling';
  const differ = (form: (name: string) => string) => form(a) !== form(b);
  const found = [
    ...(differ((name) => oneBlank(name.normalize('NFKC'))) ? ['case'] : []),
    ...(differ((name) => name.normalize('NFKC').toLowerCase()) ? ['blanks'] : []),
    ...(differ((name) => oneBlank(name.toLowerCase())) ? ['Unicode form'] : []),
  ];
  return found.join(' and ');
}

/** Two names beside each other, and what tells them apart where the eye may not. */
export function beside(a: string, b: string, between: string): string {
  const differ = difference(a, b);
  return `'${a}' ${between} '${b}'${differ === 'spelling' || differ === '' ? '' : ` (they differ in ${differ})`}`;
}

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

/**
 * The name among `names` that is probably meant by `name`: the same but for case and punctuation, a synonym, or a slip
 * of the pen.
 */
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
