/**
 * Finds the model in a file of weights. PyTorch people wrap a model before they save it, and each wrapper puts
 * something in front of all names: `module.` (DataParallel, AveragedModel), `_orig_mod.` (torch.compile), `model.`
 * (Lightning), `modelTeacher.`, `ema.module.`. What stands in front of names that a detector is known to have is such a
 * prefix, whatever it is; a file with several has several models.
 */
import { DETR, LAYOUTS } from './layouts/index.ts';
import { shorten } from './text.ts';
import type { TensorGroup } from './torch.ts';

/** Which model of a file that has a student and its teacher (moving average). */
export type ModelRole = 'teacher' | 'student';

/** One model in a file. */
export interface ModelInFile {
  readonly group: TensorGroup;
  /** In front of each of its names within the group; may be empty. */
  readonly prefix: string;
  /** Its names within the group, as they stand there. */
  readonly names: readonly string[];
  /** How messages call it: the keys and the prefix, e.g. `state_dict: model.`; empty where there are neither. */
  readonly label: string;
  /** How many names of a detector or a backbone it has. */
  readonly known: number;
  readonly role: ModelRole | undefined;
}

const WORDS: Record<ModelRole, readonly string[]> = {
  teacher: ['teacher', 'ema', 'averaged', 'avg', 'swa', 'shadow', 'momentum', 'target', 'encoder_k'],
  student: ['student', 'online', 'encoder_q'],
};

/** Of `modelTeacher.`, `model_ema`, `state_dict: student.`, by their words: "semantic" is no "ema". */
function roleOf(label: string): ModelRole | undefined {
  const words = label.split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])/).map((word) => word.toLowerCase());
  const text = ` ${words.join(' ')} `;
  const says = (role: ModelRole): boolean => WORDS[role].some((word) => text.includes(` ${word.replace('_', ' ')} `));
  if (says('teacher')) return 'teacher';
  return says('student') ? 'student' : undefined;
}

const atBoundary = (patterns: readonly RegExp[]): RegExp =>
  new RegExp(`(?:^|\\.)(?:${patterns.map((p) => p.source).join('|')})`);
const DETECTOR = atBoundary([...LAYOUTS.map(({ pattern }) => pattern), DETR]);
/** A backbone's names where nothing stands in front of them: torchvision's ResNets, EfficientNet-Lite. */
const BACKBONE = atBoundary([/(?:conv1|bn1)\.|layer[1-4]\.\d+\.|_conv_stem\.|_bn0\.|_blocks\.\d+\./]);

/** What stands in front of the part that `pattern` finds, and how often. */
function prefixes(names: readonly string[], pattern: RegExp): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) {
    const match = pattern.exec(name);
    if (!match) continue;
    const prefix = name.slice(0, match.index + (match[0].startsWith('.') ? 1 : 0));
    counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
  }
  return counts;
}

/** Wrappers that a model of unknown names may be in. */
const WRAPPER = /^(?:module|_orig_mod|model|net|network)\./;

/** The wrappers that all names share. */
function sharedWrapper(all: readonly string[]): string {
  const names = all.filter((name) => !isCounter(name));
  const first = names[0] ?? '';
  let length = 0;
  for (;;) {
    const found = WRAPPER.exec(first.slice(length))?.[0];
    // what is before it they share already
    if (found === undefined || !names.every((name) => name.startsWith(found, length))) return first.slice(0, length);
    length += found.length;
  }
}

/** AveragedModel's and batch norms' counters: beside a model, not of it. */
const isCounter = (name: string): boolean => /(?:^|\.)(?:n_averaged|num_updates|num_batches_tracked|step)$/.test(name);

/**
 * The names that begin with `prefix`, but not with a longer one of `all`: a model without a prefix does not own what is
 * another's.
 */
function namesOf(names: readonly string[], prefix: string, all: readonly string[]): string[] {
  const longer: string[] = [];
  // sorted, and none that begins with another of them: then only the last one before a name can begin it
  for (const other of all.filter((p) => p !== prefix && p.startsWith(prefix)).sort())
    if (longer.length === 0 || !other.startsWith(longer.at(-1)!)) longer.push(other);
  const isOthers = (name: string): boolean => {
    let [from, to] = [0, longer.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (longer[middle]! <= name) from = middle + 1;
      else to = middle;
    }
    return from > 0 && name.startsWith(longer[from - 1]!);
  };
  return names.filter((name) => name.startsWith(prefix) && !isOthers(name));
}

/** The largest of `values`, 0 without any; a call takes a limited number of arguments, and a file may have more. */
const largest = (values: Iterable<number>): number => {
  let most = 0;
  for (const value of values) most = Math.max(most, value);
  return most;
};

/**
 * The models of a group of tensors, which may be as many as its names. A prefix with a small share of the names of the
 * one that has most is no model (a loss's network, an auxiliary head).
 */
function modelsOf(group: TensorGroup): ModelInFile[] {
  const { names } = group;
  // a key may be as long as the file, and is part of every label
  const path = group.path.map((key) => shorten(key, 200));
  const model = (prefix: string, known: number, all: readonly string[]): ModelInFile => {
    const label = [...path, ...(prefix === '' ? [] : [prefix])].join(': ');
    let own: string[] | undefined;
    return {
      group,
      prefix,
      // when they are asked for: of one model, not of each
      get names() {
        return (own ??= namesOf(names, prefix, all));
      },
      known,
      label: shorten(label),
      role: roleOf(label),
    };
  };
  for (const pattern of [DETECTOR, BACKBONE]) {
    const counts = prefixes(names, pattern);
    const most = largest(counts.values());
    if (most > 0) {
      const all = [...counts].filter(([, count]) => count >= most / 2).map(([prefix]) => prefix);
      return all.map((prefix) => model(prefix, counts.get(prefix)!, all));
    }
  }
  return [model(sharedWrapper(names), 0, [])];
}

export interface ChosenModel {
  readonly model: ModelInFile;
  /** For the user, where there was a choice. */
  readonly note?: string;
}

/** Under which keys checkpoints keep the weights among other things, best first. */
const CONTAINERS = ['model', 'state_dict', 'model_state_dict', 'module', 'net', 'network', 'weights'];

/**
 * The model that is meant: of a teacher and a student the one asked for, without a word the teacher, as it is the
 * better detector.
 * @throws with `source` named, if there are several models that nothing tells apart, or not the one asked for
 */
export function chooseModel(groups: readonly TensorGroup[], source: string, role?: ModelRole): ChosenModel {
  const all = groups.flatMap(modelsOf);
  const most = largest(all.map(({ known }) => known));
  let models = all.filter(({ known }) => known >= most / 2);
  // of unknown names: as checkpoints are usually made
  if (most === 0 && models.length > 1) {
    const usual = CONTAINERS.map((key) => models.find(({ group }) => group.path.at(-1) === key)).find((m) => m);
    const whole = models.find(({ group }) => group.path.length === 0);
    if (usual ?? whole) models = [(usual ?? whole)!];
  }
  if (models.length === 1) {
    const [model] = models as [ModelInFile];
    if (role !== undefined && model.role !== undefined && model.role !== role) {
      throw new Error(`${source} has no ${role}: its one model is a ${model.role} (${model.label}).`);
    }
    return {
      model,
      ...(role !== undefined && model.role === undefined
        ? { note: `${source} has one model, not a teacher and a student: it is taken.` }
        : {}),
    };
  }
  const wanted = role ?? 'teacher';
  const named = models.filter((model) => model.role === wanted);
  // beside a teacher, the model without a name is the student, and the other way round
  const unnamed = models.filter((model) => model.role === undefined);
  const fitting = named.length > 0 ? named : models.length === 2 ? unnamed : [];
  if (fitting.length !== 1) {
    const labels = shorten(models.map(({ label }) => label || 'names without a prefix').join(', '), 300);
    throw new Error(`${source}: several of its keys have tensors (${labels}). Save the one that is meant alone.`);
  }
  const [model] = fitting as [ModelInFile];
  const others = models.filter((m) => m !== model).map(({ label }) => label || 'names without a prefix');
  return {
    model,
    note: `${source} has a teacher and a student: the ${wanted} is taken (${model.label || 'names without a prefix'}), not ${shorten(others.join(', '), 300)}.`,
  };
}
