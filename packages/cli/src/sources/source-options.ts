import { InvalidArgumentError, Option, type Command } from 'commander';
import type { SourceSpec } from '@sed/datasets-coco';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';

/**
 * A value of an option and its place on the command line: which `--images` belongs to which `--coco` is told by the
 * order.
 */
interface Placed {
  readonly text: string;
  readonly at: number;
}

/** What {@link addSourceOptions} adds to the options of a command. */
export interface SourceChoices {
  readonly coco?: readonly Placed[];
  readonly voc?: readonly Placed[];
  readonly yolo?: readonly Placed[];
  readonly set?: readonly Placed[];
  readonly images?: readonly Placed[];
  readonly classes?: readonly string[];
  readonly leaveOutClasses?: readonly string[] | 'others';
  readonly renameClasses?: Readonly<Record<string, string>>;
  readonly onFault: 'stop' | 'skip';
}

/**
 * Adds the options that say which data a command reads: one source or several, of any format.
 * {@link sourcesOf} and {@link sourceSettingsOf} make of them what `openSource` of @sed/datasets-coco takes.
 */
export function addSourceOptions(command: Command): Command {
  let at = 0;
  const place = (text: string, before: readonly Placed[] | undefined): Placed[] => [
    ...(before ?? []),
    { text, at: at++ },
  ];
  return command
    .addOption(
      new Option('--coco <json...>', 'COCO annotation files; --images behind it is their folder').argParser(place),
    )
    .addOption(
      new Option(
        '--voc <folder>',
        'Pascal VOC: a folder with Annotations and ImageSets, a VOCdevkit, or XML files beside their images',
      ).argParser(place),
    )
    .addOption(new Option('--yolo <yaml>', 'YOLO: its data.yaml').argParser(place))
    .addOption(
      new Option(
        '--set <names...>',
        'behind --voc: image sets such as trainval or VOC2007/trainval; behind --yolo: train, val or test; ' +
          'behind --config, where there is one: a setting of it, as in data.root=DIR',
      ).argParser(place),
    )
    .addOption(
      new Option(
        '--images <folders...>',
        'behind --coco: the folder of its images; else images alone (folders or globs)',
      ).argParser(place),
    )
    .option('--classes <names>', 'the classes, with commas; every source is checked against them', names)
    .option(
      '--leave-out-classes <names>',
      'classes of the sources to leave out, with commas; `others`: all that --classes does not name',
      (text: string) => (text === 'others' ? text : names(text)),
    )
    .option(
      '--rename-classes <old=new,...>',
      'classes that a source names differently, e.g. aeroplane=airplane',
      renames,
    )
    .addOption(
      new Option('--on-fault <what>', 'stop at faulty annotations and images, or skip them and say how many')
        .choices(['stop', 'skip'])
        .default('stop'),
    );
}

/**
 * The sources in the order of the command line, with absolute paths.
 *
 * @param settings.imagesOptional the command opens no image: `--coco` needs no `--images` behind it.
 * @throws UsageError where an option lacks the one it belongs to, or there is no source at all.
 */
export function sourcesOf(
  options: SourceChoices,
  context: Pick<Context, 'path'>,
  settings: { readonly imagesOptional?: boolean } = {},
): SourceSpec[] {
  const sources: Draft[] = [];
  let last: Draft | undefined;
  const start = (draft: Draft) => void sources.push((last = draft));
  for (const [kind, text] of inOrder(options)) {
    switch (kind) {
      case 'coco':
        if (last?.kind === 'coco' && last.images === undefined) last.annotations.push(context.path(text));
        else start({ kind, annotations: [context.path(text)], images: undefined });
        break;
      case 'voc':
        start({ kind, folder: context.path(text), sets: [] });
        break;
      case 'yolo':
        start({ kind, yaml: context.path(text), sets: [] });
        break;
      case 'images':
        if (last?.kind === 'images') last.images.push(context.path(text));
        else if (last?.kind !== 'coco') start({ kind, images: [context.path(text)] });
        else if (last.images === undefined) last.images = context.path(text);
        else {
          throw new UsageError(
            `--images ${text}: the COCO source before it has its folder already (${last.images}); file names in its JSON are relative to that one. ` +
              'A folder without annotations goes before --coco.',
          );
        }
        break;
      case 'set':
        if (last?.kind !== 'voc' && last?.kind !== 'yolo') {
          throw new UsageError(`--set ${text} has no --voc or --yolo before it.`);
        }
        last.sets.push(text);
        break;
    }
  }
  if (sources.length === 0) {
    throw new UsageError(
      'No data: give --coco <json> --images <folder>, --voc <folder> [--set <name>], --yolo <yaml>, or --images <folder>.',
    );
  }
  return sources.flatMap((draft) => specsOf(draft, settings.imagesOptional === true));
}

/**
 * Where `--config` names the data, what is left for these options: `--set a.b=v`, as `train` takes it.
 * @returns the overrides for `loadConfig`
 * @throws UsageError for a source beside the config, or a `--set` that is no `a.b=v`
 */
export function overridesOf(options: SourceChoices): string[] {
  if (options.coco ?? options.voc ?? options.yolo ?? options.images)
    throw new UsageError('--config names the data already: leave out --coco, --voc, --yolo and --images.');
  return (options.set ?? []).map(({ text }) => {
    if (text.includes('=')) return text;
    throw new UsageError(`--set ${text}: behind --config it changes a setting, as in --set data.root=DIR.`);
  });
}

/** The settings of `openSource` that {@link addSourceOptions} reads. */
export function sourceSettingsOf({ classes, leaveOutClasses, renameClasses, onFault }: SourceChoices): {
  readonly classes?: readonly string[];
  readonly leaveOutClasses?: readonly string[] | 'others';
  readonly renameClasses?: Readonly<Record<string, string>>;
  readonly onFault: 'stop' | 'skip';
} {
  return {
    ...(classes === undefined ? {} : { classes }),
    ...(leaveOutClasses === undefined ? {} : { leaveOutClasses }),
    ...(renameClasses === undefined ? {} : { renameClasses }),
    onFault,
  };
}

type Draft =
  | { kind: 'coco'; annotations: string[]; images: string | undefined }
  | { kind: 'voc'; folder: string; sets: string[] }
  | { kind: 'yolo'; yaml: string; sets: string[] }
  | { kind: 'images'; images: string[] };

const KINDS = ['coco', 'voc', 'yolo', 'set', 'images'] as const;

function inOrder(options: SourceChoices): [(typeof KINDS)[number], string][] {
  const all = KINDS.flatMap((kind) => (options[kind] ?? []).map(({ text, at }) => ({ kind, text, at })));
  return all.sort((a, b) => a.at - b.at).map(({ kind, text }) => [kind, text]);
}

const YOLO_SETS = ['train', 'val', 'test'] as const;
const isYoloSet = (name: string): name is (typeof YOLO_SETS)[number] => (YOLO_SETS as readonly string[]).includes(name);

function specsOf(draft: Draft, imagesOptional: boolean): SourceSpec[] {
  switch (draft.kind) {
    case 'coco': {
      const { annotations, images } = draft;
      if (images === undefined && !imagesOptional)
        throw new UsageError(`--coco ${annotations.join(' ')} needs --images <folder> behind it.`);
      return [{ annotations, images: images ?? '.' }];
    }
    case 'voc':
      return [draft.sets.length === 0 ? { voc: draft.folder } : { voc: draft.folder, sets: draft.sets }];
    case 'yolo': {
      const { yaml, sets } = draft;
      if (sets.length === 0) return [{ yolo: yaml }];
      return sets.map((set) => {
        if (!isYoloSet(set)) throw new UsageError(`--set ${set}: a YOLO yaml has the sets train, val and test.`);
        return { yolo: yaml, set };
      });
    }
    case 'images':
      return [{ images: draft.images }];
  }
}

/** Parser of names with commas. */
export function names(text: string): string[] {
  const list = text.split(',').map((name) => name.trim());
  if (list.includes('')) throw new InvalidArgumentError('Names with commas between them, none empty.');
  return list;
}

/** Parser of `old=new,old=new`. */
export function renames(text: string): Record<string, string> {
  const pairs = names(text).map((pair) => pair.split('=').map((name) => name.trim()));
  if (pairs.some((pair) => pair.length !== 2 || pair.includes(''))) {
    throw new InvalidArgumentError('Pairs old=new with commas between them.');
  }
  return Object.fromEntries(pairs as [string, string][]);
}
