import { dirname, isAbsolute, join, parse, resolve } from 'node:path';
import { isMap, isScalar, Lexer, parseDocument, type Document } from 'yaml';
import { isObject, kindOf } from '../coco/faults.ts';
import { exists } from '../folder/exists.ts';
import { Problems, show } from '../problems.ts';
import { readText } from '../sources/read-text.ts';

/** What is used of a YOLO `data.yaml`. */
export interface YoloYaml {
  readonly names: readonly string[];
  /** The entries of the set that was asked for, as absolute paths: folders, or text files that list images. */
  readonly entries: readonly string[];
  /** The folder that the entries are relative to. */
  readonly root: string;
  /** Numbers behind the box in the rows of a pose data set (`kpt_shape`: points times values); 0 otherwise. */
  readonly keypointValues: number;
}

const SETS = ['train', 'val', 'test'] as const;
/** Bytes; a yaml of the 21,841 classes of ImageNet has 0.7 MB. */
const LIMIT = 2 ** 20;
/** Pieces of YAML (names, colons, line ends); that one has 150,000. */
const MOST_PIECES = 250_000;

/**
 * Reads a `data.yaml` by the rules of Ultralytics (`check_det_dataset`): `path` is the root of the sets, relative to
 * the yaml; a set is a folder, a list of folders, or a text file of images; `names` is a list or a map from 0 on. A set
 * of an export that says `../train/images` and lies beside the yaml is found there too.
 *
 * @throws Error that lists what is wrong in the yaml
 */
export async function readYoloYaml(file: string, set: string): Promise<YoloYaml> {
  const path = resolve(file);
  const text = await readText(path, LIMIT).catch((cause: Error) => {
    throw new Error(`${path}: ${cause.message}.`, { cause });
  });
  const problems = new Problems(path);
  const json = parseYaml(text, path);
  if (!isObject(json)) {
    throw new Error(`${path}: found ${kindOf(json)}; a YOLO yaml has the keys path, train, val and names.`);
  }
  const names = readNames(json, problems);
  const keypointValues = readKeypoints(json['kpt_shape'], problems);
  const root = await findRoot(path, json['path'], problems);
  const entries = await findEntries(json, set, root, problems);
  problems.throwIfAny();
  return { names, entries, root, keypointValues };
}

/**
 * The yaml as plain values. A `data.yaml` is short and flat: references (`*a`) that unfold to more than some hundreds
 * of values, or that lead to themselves, are refused, and so is what nests without end.
 */
function parseYaml(text: string, path: string): unknown {
  const refuse = (reason: string, cause?: unknown): never => {
    throw new Error(`${path} is not YAML: ${reason}`, { cause });
  };
  const deepest = deepestIndent(text);
  if (deepest > DEEPEST) refuse(`it nests ${deepest} levels deep, where a YOLO yaml has two.`);
  let pieces = 0;
  for (const _ of new Lexer().lex(text)) {
    if (++pieces > MOST_PIECES)
      refuse(`it has more than ${MOST_PIECES} names and signs, where a YOLO yaml has some per class.`);
  }
  const { stackTraceLimit } = Error;
  try {
    // the library makes an error of each of a hundred thousand faults, and their stacks are most of the time
    Error.stackTraceLimit = 0;
    // the library compares each key with all before it, and shows each error with its line: of a large map that takes
    // minutes
    const document = parseDocument(text, { uniqueKeys: false, prettyErrors: false, logLevel: 'error' });
    const error = document.errors[0];
    if (error !== undefined) refuse(`${error.message.trim()} at ${placeOf(text, error.pos[0])}.`);
    refuseTwice(document, text, refuse);
    return document.toJS({ maxAliasCount: MOST_ALIASES }) as unknown;
  } catch (error) {
    if (error instanceof RangeError) return refuse('it nests too deeply.', error);
    if (error instanceof ReferenceError) return refuse(`${error.message}.`, error);
    throw error;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Levels of brackets and blocks, and values that references unfold to, of a yaml that is read. */
const [DEEPEST, MOST_ALIASES] = [100, 100];

/**
 * How deep brackets open, and how many blocks one line begins (`- - - x`): each level costs the parser a call, and some
 * of them the text again.
 */
function deepestIndent(text: string): number {
  let [depth, deepest] = [0, 0];
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x5b || c === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (c === 0x5d || c === 0x7d) depth = Math.max(0, depth - 1);
  }
  let indents = 0;
  const open: number[] = [];
  for (const line of text.split('\n')) {
    const blank = /^[ ]*/.exec(line)?.[0].length ?? 0;
    while (open.length > 0 && (open.at(-1) as number) >= blank) open.pop();
    open.push(blank);
    const begun = /^(?:[-?:][ \t]+)*/.exec(line.slice(blank))?.[0].split(/[ \t]+/).length ?? 1;
    indents = Math.max(indents, open.length + begun - 1);
  }
  return Math.max(deepest, indents);
}

/** `line 3, column 5` of a place in a text, both from 1. */
function placeOf(text: string, at: number): string {
  const before = text.slice(0, at).split('\n');
  return `line ${before.length}, column ${(before.at(-1) as string).length + 1}`;
}

/** A key that is there twice, at the top or in `names`. */
function refuseTwice(document: Document, text: string, refuse: (reason: string) => never): void {
  const names = isMap(document.contents) ? document.get('names') : undefined;
  for (const map of [document.contents, names]) {
    if (!isMap(map)) continue;
    const seen = new Set<unknown>();
    for (const { key } of map.items) {
      if (!isScalar(key)) continue;
      if (seen.has(key.value)) {
        refuse(`Map keys must be unique at ${placeOf(text, key.range?.[0] ?? 0)}: ${show(key.value)} is there twice.`);
      }
      seen.add(key.value);
    }
  }
}

type Fields = Record<string, unknown>;

/** More classes than any data set has. */
const MOST_CLASSES = 100_000;

function add(problems: Problems, at: string, found: string, advice: string): void {
  problems.add({ at, found, kind: `entries of the yaml that are wrong`, advice, skips: 'nothing' });
}

function readNames({ names, nc }: Fields, problems: Problems): string[] {
  const count = typeof nc === 'number' && Number.isInteger(nc) && nc > 0 ? nc : undefined;
  if (nc !== undefined && count === undefined) add(problems, 'nc', `found ${show(nc)}`, 'nc is the number of classes');
  const advice = 'names is a list of the class names, or a map of them from 0 on: {0: person, 1: car}';
  if (count !== undefined && count > MOST_CLASSES) {
    add(problems, 'nc', `found ${count}`, `nc is the number of classes, ${MOST_CLASSES} at most`);
    return [];
  }
  if (names === undefined && count !== undefined) return Array.from({ length: count }, (_, i) => `class_${i}`);
  const entries: [string, unknown][] = Array.isArray(names)
    ? names.map((name, i) => [String(i), name])
    : isObject(names)
      ? Object.entries(names).sort(([a], [b]) => Number(a) - Number(b))
      : [];
  if (entries.length === 0) {
    add(problems, 'names', names === undefined ? 'missing' : `found ${show(names)}`, advice);
    return [];
  }
  const list: string[] = [];
  const places = new Map<string, number>();
  entries.forEach(([key, value], i) => {
    // A class that is a number (digits, part numbers) is its text, as in Python; true, null and nested values are
    // slips.
    const name = typeof value === 'number' ? String(value) : value;
    if (key !== String(i)) add(problems, 'names', `there is no class ${i}, but a class ${key}`, advice);
    else if (typeof name !== 'string' || name.trim() === '') {
      add(
        problems,
        `names[${key}]`,
        `found ${show(value)}`,
        'every class needs a name; quote names such as "true" and "null"',
      );
    } else if (places.has(name)) {
      add(
        problems,
        `names[${key}]`,
        `'${name}' is also the name of class ${places.get(name)}`,
        'give each class a name of its own',
      );
    } else {
      places.set(name, i);
      list.push(name);
    }
  });
  if (count !== undefined && count !== entries.length) {
    add(problems, 'nc', `found ${count}, but there are ${entries.length} names`, 'correct nc or leave it out');
  }
  return list;
}

function readKeypoints(shape: unknown, problems: Problems): number {
  if (shape === undefined) return 0;
  const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) > 0;
  if (Array.isArray(shape) && shape.length === 2 && isCount(shape[0]) && isCount(shape[1])) return shape[0] * shape[1];
  add(problems, 'kpt_shape', `found ${show(shape)}`, 'kpt_shape is [points, values of a point]');
  return 0;
}

async function findRoot(yaml: string, path: unknown, problems: Problems): Promise<string> {
  const folder = dirname(yaml);
  if (path === undefined || path === null || path === '') return folder;
  if (typeof path !== 'string') {
    add(problems, 'path', `found ${show(path)}`, 'path is the folder that train, val and test are relative to');
    return folder;
  }
  const root = resolve(folder, path);
  if (await exists(root)) return root;
  add(
    problems,
    'path',
    `${show(path)} does not exist (looked for ${root})`,
    'path is the folder that train, val and test are relative to: absolute, or relative to the yaml; leave it out where that is its own folder',
  );
  return root;
}

async function findEntries(json: Fields, set: string, root: string, problems: Problems): Promise<string[]> {
  const value = json[set] ?? (set === 'val' ? json['validation'] : undefined);
  const list = typeof value === 'string' ? [value] : Array.isArray(value) ? value : [];
  const advice = `${set} is a folder of images, a list of folders, or a text file of images`;
  if (list.length === 0) {
    const there = SETS.filter((name) => json[name] !== undefined && json[name] !== null && json[name] !== '');
    const found =
      value === undefined || value === null
        ? `missing; the yaml has ${there.join(', ') || 'no set'}`
        : `found ${show(value)}`;
    add(problems, set, found, advice);
  }
  const entries: string[] = [];
  for (const [i, entry] of list.entries()) {
    const at = list.length === 1 ? set : `${set}[${i}]`;
    if (typeof entry !== 'string' || entry === '') {
      add(problems, at, `found ${show(entry)}`, advice);
      continue;
    }
    const path = resolve(root, entry);
    // Exports of Roboflow say ../train/images in a yaml that lies beside train.
    const beside = entry.startsWith('../') ? join(root, entry.slice(3)) : path;
    if (path === parse(path).root) add(problems, at, `${show(entry)} is the root of the disk`, advice);
    else if (await exists(path)) entries.push(path);
    else if (await exists(beside)) entries.push(beside);
    else {
      const from = isAbsolute(entry) ? '' : ` (looked for ${path})`;
      add(problems, at, `${show(entry)} does not exist${from}`, `${advice}, relative to path`);
    }
  }
  return entries;
}
