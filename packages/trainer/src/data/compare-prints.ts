/** What has changed between two prints of data, in sentences. */
import type { DataPrint, ImagePrint, PartPrint } from './fingerprint.ts';

/** Names that a sentence gives. */
const NAMED = 3;

export interface DataChanges {
  /** Images, boxes or classes that training depends on are others. */
  readonly changed: readonly string[];
  /** What does not keep a run from going on, but should be known. */
  readonly notes: readonly string[];
}

/** Compares what a run was trained on with what is there now. */
export function comparePrints(before: DataPrint, now: DataPrint): DataChanges {
  const changed: string[] = [];
  const notes: string[] = [];
  for (const part of ['labeled', 'unlabeled'] as const) {
    const [a, b] = [before[part], now[part]];
    if (!a || !b) continue; // that the method takes other parts is a changed setting
    const found = changesOf(a, b);
    changed.push(...found.map((sentence) => `${part} images: ${sentence}`));
    if (found.length === 0 && isReordered(a, b)) {
      notes.push(
        `The ${part} images are the same in another order, so from here on the run draws others than it would have.`,
      );
    }
  }
  const validation = changesOf(before.validation, now.validation);
  if (validation.length > 0) {
    notes.push(
      `The validation data has changed, so its numbers before and after are not to be compared (${validation.join('; ')}).`,
    );
  }
  return { changed, notes };
}

function changesOf(before: PartPrint, now: PartPrint): string[] {
  const old = byName(before.images);
  const there = byName(now.images);
  const gone = [...old.keys()].filter((name) => !there.has(name));
  const added = [...there.keys()].filter((name) => !old.has(name));
  const both = [...old].flatMap(([name, image]) => (there.has(name) ? [{ name, image, other: there.get(name)! }] : []));
  const labels = both.filter(({ image, other }) => image[3] !== other[3]).map(({ name }) => name);
  const files = both.filter(({ image, other }) => image[1] !== other[1]).map(({ name }) => name);
  const sentences: string[] = [];
  if (gone.length + added.length > 0) {
    const what = [
      ...(gone.length > 0 ? [`${gone.length} gone (${some(gone)})`] : []),
      ...(added.length > 0 ? [`${added.length} new (${some(added)})`] : []),
    ];
    sentences.push(`${before.images.length} before, ${now.images.length} now: ${what.join(', ')}`);
  }
  if (labels.length > 0)
    sentences.push(`the boxes of ${labels.length} are others (${some(labels)})${byClass(before, now)}`);
  if (files.length > 0)
    sentences.push(
      `${files.length} ${files.length === 1 ? 'file has' : 'files have'} another size on the disk (${some(files)})`,
    );
  return sentences;
}

/** An image that is there twice, as of two sources with one name, counts by its place among its like. */
function byName(images: readonly ImagePrint[]): Map<string, ImagePrint> {
  const found = new Map<string, ImagePrint>();
  for (const image of images) {
    let name = image[0];
    for (let n = 2; found.has(name); n++) name = `${image[0]} (${n})`;
    found.set(name, image);
  }
  return found;
}

function isReordered(before: PartPrint, now: PartPrint): boolean {
  return before.images.some(([name], i) => name !== now.images[i]![0]);
}

function byClass(before: PartPrint, now: PartPrint): string {
  const names = [...new Set([...Object.keys(before.classes), ...Object.keys(now.classes)])];
  const moved = names
    .filter((name) => (before.classes[name] ?? 0) !== (now.classes[name] ?? 0))
    .map((name) => `${name} ${before.classes[name] ?? 0} → ${now.classes[name] ?? 0}`);
  if (moved.length === 0) return '';
  return `; boxes by class: ${moved.slice(0, 2 * NAMED).join(', ')}${moved.length > 2 * NAMED ? ', …' : ''}`;
}

function some(names: readonly string[]): string {
  return names.slice(0, NAMED).join(', ') + (names.length > NAMED ? ', …' : '');
}
