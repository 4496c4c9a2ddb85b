import type { Category } from '../types.ts';
import { beside, nearMiss, quote } from './names.ts';

/** What the classes of a data set are, whatever its sources call them. */
export interface ClassSettings {
  /** The classes, in the order of their indices. Without it, all sources must name the same ones. */
  readonly classes?: readonly string[];
  /**
   * Classes of the sources whose objects are left out (they are background then); `'others'`: all that `classes` does
   * not name.
   */
  readonly leaveOutClasses?: readonly string[] | 'others';
  /** What a source calls differently: `{ aeroplane: 'airplane' }`. Two names that become one are one class. */
  readonly renameClasses?: Readonly<Record<string, string>>;
  /** A source with a list of classes must have all of `classes`; default false: what it lacks is a remark. */
  readonly everyClass?: boolean;
  /** What messages call the place that `classes` come from, where the user did not name them: `data.labeled`. */
  readonly classesFrom?: string;
}

/** The classes of one source. */
export interface SourceClasses {
  readonly source: string;
  readonly format: 'coco' | 'voc' | 'yolo' | 'images';
  readonly categories: readonly Category[];
  /** Those that count: all of its list, or the names of its objects where it has no list. */
  readonly names: readonly string[];
  /** Whether the source has a list of its classes. */
  readonly listed: boolean;
}

/** For each category of a source its index in the result; undefined where it is left out. */
export type ClassMapping = readonly (number | undefined)[];

/** The classes of all sources together. */
export interface ClassPlan {
  readonly categories: readonly Category[];
  /** One for each source, in order. */
  readonly mappings: ClassMapping[];
  readonly remarks: readonly string[];
}

const HOW =
  '→ name the classes once (classes), say what a source calls differently ' +
  '(renameClasses: { "aeroplane": "airplane" }) and what is to be left out ' +
  "(leaveOutClasses: names, or 'others' for all that classes does not name)";

/** The sources do not have the same classes, or not those that are asked for. */
export class ClassesError extends Error {
  override readonly name = 'ClassesError';
  /** What a program adds to the message: how its user gives {@link ClassSettings}. */
  readonly advice = 'match-classes';

  constructor(difference: string, lines: readonly string[]) {
    super([difference, ...lines, HOW].join('\n'));
  }
}

/** @throws ClassesError that lists, for each source, the names that do not match, and what they may stand for */
export function agreeOnClasses(sources: readonly SourceClasses[], settings: ClassSettings): ClassPlan {
  checkSettings(settings);
  const rename = settings.renameClasses ?? {};
  const renamed = (name: string): string => (Object.hasOwn(rename, name) ? (rename[name] as string) : name);
  const listed = new Set(typeof settings.leaveOutClasses === 'object' ? settings.leaveOutClasses : []);
  const isLeftOut = (name: string): boolean => listed.has(name) || listed.has(renamed(name));
  const wanted = sources.map(({ names }) => unique(names.filter((name) => !isLeftOut(name)).map(renamed)));
  const remarks: string[] = [];
  const classes = settings.classes ?? commonClasses(sources, wanted, renamed, isLeftOut);
  if (settings.classes !== undefined) checkAgainst(settings, sources, wanted, remarks);
  const indexOf = new Map(classes.map((name, i) => [name, i]));
  return {
    categories: withIds(classes, sources, renamed),
    mappings: sources.map(({ categories }) =>
      categories.map(({ name }) => (isLeftOut(name) ? undefined : indexOf.get(renamed(name)))),
    ),
    remarks,
  };
}

const unique = <T>(items: readonly T[]): T[] => [...new Set(items)];

function checkSettings({ classes, leaveOutClasses, renameClasses }: ClassSettings): void {
  if (classes === undefined) {
    if (leaveOutClasses === 'others') {
      throw new Error("leaveOutClasses is 'others', but no classes are named: list them in classes.");
    }
    return;
  }
  if (classes.length === 0) throw new Error('classes is an empty list: name at least one class.');
  const twice = classes.find((name, i) => classes.indexOf(name) !== i);
  if (twice !== undefined) throw new Error(`classes has '${twice}' twice: name each class once.`);
  const both = typeof leaveOutClasses === 'object' ? classes.find((name) => leaveOutClasses.includes(name)) : undefined;
  if (both !== undefined) throw new Error(`'${both}' is both in classes and in leaveOutClasses: take it out of one.`);
  const target = Object.entries(renameClasses ?? {}).find(
    ([, to]) => !classes.includes(to) && !isIn(leaveOutClasses, to),
  );
  if (target !== undefined) {
    const near = nearMiss(target[1], classes);
    throw new Error(
      `renameClasses makes '${target[0]}' '${target[1]}', which is none of classes${near === undefined ? '' : `; did you mean '${near}'?`}`,
    );
  }
}

const isIn = (list: readonly string[] | 'others' | undefined, name: string): boolean =>
  list === 'others' || list?.includes(name) === true;

/** Every source against the list of classes. */
function checkAgainst(
  { classes = [], leaveOutClasses, everyClass, classesFrom }: ClassSettings,
  sources: readonly SourceClasses[],
  wanted: readonly (readonly string[])[],
  remarks: string[],
): void {
  const lines: string[] = [];
  sources.forEach(({ source, listed }, i) => {
    const names = wanted[i] as readonly string[];
    const extra = names.filter((name) => !classes.includes(name));
    const absent = classes.filter((name) => !names.includes(name));
    const near = extra.flatMap((name) => {
      const meant = nearMiss(name, absent);
      return meant === undefined ? [] : [beside(name, meant, 'may be')];
    });
    if (names.length > 0 && absent.length === classes.length) {
      lines.push(`  ${source}: none of the classes (${quote(classes, 6)}) is there; it has ${quote(names)}`);
    } else if (extra.length > 0 && leaveOutClasses !== 'others') {
      lines.push(`  ${source}: not among the classes: ${quote(extra)}`);
    } else if (everyClass && listed && absent.length > 0) {
      lines.push(`  ${source}: without ${quote(absent)}`);
      return;
    } else if (near.length > 0) {
      lines.push(`  ${source}: 'others' would leave out what may be meant: ${near.join(', ')}`);
    } else {
      // Only a list says that there is none: a part of a VOC folder may happen to have no cow.
      if (absent.length > 0 && listed) {
        remarks.push(`${source} has no class ${quote(absent)}: such objects in its images count as background.`);
      }
      return;
    }
    if (near.length > 0) lines.push(`    spelled differently: ${near.join(', ')}`);
    if (absent.length > 0 && absent.length < classes.length)
      lines.push(`    without a counterpart there: ${quote(absent)}`);
  });
  if (lines.length === 0) return;
  const reference = classesFrom === undefined ? 'that are named' : `of ${classesFrom}`;
  throw new ClassesError(`The classes of the sources are not those ${reference}:`, lines);
}

/** The classes that all sources name, in the order of the first that has a list. */
function commonClasses(
  sources: readonly SourceClasses[],
  wanted: readonly (readonly string[])[],
  renamed: (name: string) => string,
  isLeftOut: (name: string) => boolean,
): readonly string[] {
  const all = unique(wanted.flat());
  const first = sources.findIndex(({ listed }) => listed);
  if (first < 0) {
    // VOC folders alone: a list of which all names come (VOC's twenty in their order), or all names, sorted.
    const lists = sources.map(({ categories }) =>
      unique(
        categories
          .map(({ name }) => name)
          .filter((name) => !isLeftOut(name))
          .map(renamed),
      ),
    );
    return lists.find((list) => all.every((name) => list.includes(name))) ?? all.sort((a, b) => (a < b ? -1 : 1));
  }
  const expected = wanted[first] as readonly string[];
  const lines: string[] = [];
  sources.forEach(({ source, listed }, i) => {
    const names = wanted[i] as readonly string[];
    const extra = names.filter((name) => !expected.includes(name));
    const absent = listed ? expected.filter((name) => !names.includes(name)) : [];
    if (extra.length === 0 && absent.length === 0) return;
    if (extra.length > 0) lines.push(`  only in ${source}: ${quote(extra)}`);
    if (absent.length > 0) lines.push(`  not in ${source}: ${quote(absent)}`);
    const near = extra.flatMap((name) => {
      const meant = nearMiss(name, listed ? absent : expected.filter((other) => !names.includes(other)));
      return meant === undefined ? [] : [beside(name, meant, 'and')];
    });
    if (near.length > 0) lines.push(`    spelled differently: ${near.join(', ')}`);
  });
  if (lines.length === 0) return expected;
  const reference = (sources[first] as SourceClasses).source;
  throw new ClassesError(`The sources do not name the same classes; compared with ${reference}:`, lines);
}

/** COCO's ids where the COCO sources give each class one, and no two the same; else from 1. */
function withIds(
  classes: readonly string[],
  sources: readonly SourceClasses[],
  renamed: (name: string) => string,
): Category[] {
  const ids = new Map<string, number>();
  let agree = true;
  for (const { categories } of sources.filter(({ format }) => format === 'coco')) {
    const own = new Map<string, number>();
    // Of two categories that become one, the first gives its id.
    for (const { id, name } of categories) if (!own.has(renamed(name))) own.set(renamed(name), id);
    for (const [name, id] of own) {
      if (!classes.includes(name)) continue;
      if (ids.has(name) && ids.get(name) !== id) agree = false;
      ids.set(name, id);
    }
  }
  const found = classes.map((name) => ids.get(name));
  const usable = agree && found.every((id) => id !== undefined) && new Set(found).size === classes.length;
  return classes.map((name, i) => ({ id: usable ? (found[i] as number) : i + 1, name }));
}
