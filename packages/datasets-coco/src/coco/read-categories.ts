import type { Category } from '../types.ts';
import { show, type Problems } from '../problems.ts';
import { badId, duplicate, isId, isObject, notObject } from './faults.ts';

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

/** Reads the list `categories`, and compares it with the one of the first file, where there is one. */
export function readCategories(
  raw: readonly unknown[],
  first: { readonly file: string; readonly list: readonly Category[] } | undefined,
  file: string,
  problems: Problems,
): ReadCategories {
  const before = problems.count;
  const seen = new Map<number, { i: number; name: string }>();
  const names = new Map<string, { i: number; id: number }>();
  const read: Category[] = [];
  const twins: { id: number; of: number }[] = [];
  const ambiguous = new Set<number>();
  raw.forEach((entry, i) => {
    const at = `categories[${i}]`;
    if (!isObject(entry)) return void problems.add({ file, ...notObject(at, entry, 'categories', 'category') });
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
      twins.push({ id, of: twin.id });
      return void problems.add({
        file,
        at: `${at}.name`,
        found: `'${name}' is also the name of categories[${twin.i}]`,
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
