import type { Category } from '../types.ts';
import { show, type Problem, type Problems } from '../problems.ts';
import { badId, duplicate, isId, isObject, notObject } from './faults.ts';
import type { Entries } from './entries.ts';

/** The categories of one file. */
export interface ReadCategories {
  /** In id order. */
  readonly list: Category[];
  /** Index in {@link list} by id. An id with the name of another stands for that one, so that its boxes are kept. */
  readonly indexOf: ReadonlyMap<number, number>;
  /** Ids that two names share: nobody can say which of them a box is of. */
  readonly ambiguous: ReadonlySet<number>;
  /** Whether they are other ones than the first file's, so that its classes cannot be used. */
  readonly differ?: boolean;
}

/**
 * Reads the list `categories`, and compares it with the one of the first file, where there is one. Of categories with
 * one name, those that no box is of are left out: exports of Roboflow have a root category (id 0, no boxes) that may
 * bear the only class's name.
 *
 * @param sameName what two are that both have boxes, where the loader goes on: one class, or two
 */
export function readCategories(
  raw: readonly unknown[],
  annotations: Entries,
  first: { readonly file: string; readonly list: readonly Category[] } | undefined,
  sameName: 'one' | 'apart',
  file: string,
  problems: Problems,
  notes: Problems,
): ReadCategories {
  const before = problems.count;
  const empty = namesakesWithoutBoxes(raw, annotations);
  const seen = new Map<number, { i: number; name: string }>();
  const names = new Map<string, { i: number; id: number }>();
  const read: Category[] = [];
  const twins: { id: number; of: number }[] = [];
  const ambiguous = new Set<number>();
  raw.forEach((entry, i) => {
    const at = `categories[${i}]`;
    if (!isObject(entry)) return void problems.add({ file, ...notObject(at, entry, 'categories', 'category') });
    if (empty.has(i)) return void notes.add({ file, ...withoutBoxes(at, entry) });
    const { id, name } = entry;
    if (!isId(id)) return void problems.add({ file, ...badId(`${at}.id`, id, 'category', 'category') });
    if (typeof name !== 'string' || name.trim() === '') {
      return void problems.add({
        file,
        at: `${at}.name`,
        found: `found ${show(name)}`,
        kind: 'categories without a name',
        advice: 'every category needs a name: classes are matched by it',
        skips: 'category',
      });
    }
    const earlier = seen.get(id);
    if (earlier !== undefined) {
      if (earlier.name !== name) ambiguous.add(id);
      const problem = duplicate(`${at}.id`, id, `categories[${earlier.i}]`, 'category', 'annotation');
      return void problems.add({ file, ...problem });
    }
    const twin = names.get(name);
    if (twin !== undefined) {
      if (sameName === 'one') twins.push({ id, of: twin.id });
      else {
        seen.set(id, { i, name });
        read.push({ id, name });
      }
      return void problems.add({
        file,
        at: `${at}.name`,
        found: `'${name}' (id ${id}) is also the name of categories[${twin.i}] (id ${twin.id}), and boxes are of both`,
        kind: 'category names used twice',
        advice: 'give each category a name of its own, or make them one category',
        skips: 'nothing',
      });
    }
    seen.set(id, { i, name });
    names.set(name, { i, id });
    read.push({ id, name });
  });
  if (raw.length === 0) {
    problems.add({
      file,
      at: 'categories',
      found: 'the list is empty',
      kind: 'empty list',
      advice: 'list the classes: [{"id": 1, "name": "…"}, …]',
      skips: 'file',
    });
  }
  read.sort((a, b) => a.id - b.id);
  const differ = first !== undefined && problems.count === before && !agree(read, first, file, problems);
  const indexOf = new Map(read.map((category, index) => [category.id, index]));
  for (const { id, of } of twins) if (!indexOf.has(id)) indexOf.set(id, indexOf.get(of) as number);
  return { list: read, indexOf, ambiguous, differ };
}

type Raw = Readonly<Record<string, unknown>>;

/**
 * Places of the categories that share a name and have no box. Of several without boxes the last one stays: a root comes
 * first.
 */
function namesakesWithoutBoxes(raw: readonly unknown[], annotations: Entries): ReadonlySet<number> {
  const byName = new Map<unknown, { i: number; id: unknown }[]>();
  raw.forEach((entry, i) => {
    if (!isObject(entry) || typeof entry['name'] !== 'string' || !isId(entry['id'])) return;
    const group = byName.get(entry['name']);
    if (group) group.push({ i, id: entry['id'] });
    else byName.set(entry['name'], [{ i, id: entry['id'] }]);
  });
  const groups = [...byName.values()].filter((group) => new Set(group.map(({ id }) => id)).size > 1);
  const without = new Set<number>();
  if (groups.length === 0) return without;
  const used = new Set<unknown>();
  for (let i = 0; i < annotations.length; i++) {
    const entry = annotations.at(i);
    if (isObject(entry)) used.add(entry['category_id']);
  }
  for (const group of groups) {
    const unused = group.filter(({ id }) => !used.has(id));
    for (const { i } of unused.length === group.length ? unused.slice(0, -1) : unused) without.add(i);
  }
  return without;
}

const withoutBoxes = (at: string, { id, name }: Raw): Omit<Problem, 'file'> => ({
  at,
  found: `'${String(name)}' (id ${String(id)}) has no box, and another category has its name`,
  kind: 'categories without boxes that bear the name of another',
  advice:
    'such a category is left out (exports of Roboflow begin with a root category); ids are those that the boxes have',
  skips: 'category',
});

function agree(
  read: readonly Category[],
  first: { readonly file: string; readonly list: readonly Category[] },
  file: string,
  problems: Problems,
): boolean {
  const text = (categories: readonly Category[]) => categories.map(({ id, name }) => `${id} ${name}`);
  const mine = text(read);
  const theirs = text(first.list);
  const extra = mine.filter((entry) => !theirs.includes(entry));
  const absent = theirs.filter((entry) => !mine.includes(entry));
  if (extra.length === 0 && absent.length === 0) return true;
  const part = (entries: string[]) => (entries.length === 0 ? 'none' : entries.slice(0, 10).join(', '));
  problems.add({
    file,
    at: 'categories',
    found: `differ from those of ${first.file}: only here ${part(extra)}; only there ${part(absent)}`,
    kind: 'categories that do not agree',
    advice: 'files that are loaded together need the same categories with the same ids',
    skips: 'file',
  });
  return false;
}
