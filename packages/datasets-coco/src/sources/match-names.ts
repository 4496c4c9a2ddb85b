import { alike, nearMiss } from './names.ts';

/** Two lists of class names against each other. */
export interface NameMatch {
  /** For each name of the first list its place in the second; undefined where it is not there. */
  readonly places: readonly (number | undefined)[];
  /** Names of either list without a counterpart in the other. */
  readonly onlyFirst: readonly string[];
  readonly onlySecond: readonly string[];
  /** Of these, pairs that differ in case, spaces or punctuation alone, or are VOC's and COCO's names of one class. */
  readonly alike: readonly (readonly [string, string])[];
  /** Further pairs that may be slips of the pen. */
  readonly near: readonly (readonly [string, string])[];
}

/**
 * Classes are one where their names are, letter for letter; how Unicode writes a letter (ö as one code point or two)
 * makes no difference.
 */
export function matchNames(first: readonly string[], second: readonly string[]): NameMatch {
  const placeOf = new Map(second.map((name, i) => [name.normalize('NFC'), i]));
  const places = first.map((name) => placeOf.get(name.normalize('NFC')));
  const used = new Set(places);
  const onlyFirst = first.filter((_, i) => places[i] === undefined);
  const onlySecond = second.filter((_, i) => !used.has(i));
  const pairs = (find: typeof alike): [string, string][] =>
    onlyFirst.flatMap((name) => {
      const meant = find(name, onlySecond);
      return meant === undefined ? [] : [[name, meant]];
    });
  const same = pairs(alike);
  const near = pairs(nearMiss).filter(([name]) => !same.some(([other]) => other === name));
  return { places, onlyFirst, onlySecond, alike: same, near };
}
