/** What `data check` checks: the sources of the options, or those of a run config with their places in the run. */
import { basename } from 'node:path';
import { openSource, type CheckDataOptions, type CheckPart, type SourceSpec } from '@sed/datasets-coco';
import { type RunConfig } from '@sed/trainer';
import { openDataPart, sourcesOfPart } from '@sed/trainer/data';
import type { Context } from '../context.ts';
import { configOf } from './config-of.ts';
import { sourcesOf, sourceSettingsOf, type SourceChoices } from '../sources/source-options.ts';

export interface OpenedForCheck {
  readonly parts: readonly CheckPart[];
  readonly unopened: readonly { readonly name: string; readonly error: Error }[];
  /** Whether the run is told to leave faults out. */
  readonly skips: boolean;
  readonly training: Pick<CheckDataOptions, 'smallestScale' | 'minimumBoxSize'>;
  /** The run whose data it is. */
  readonly config?: RunConfig;
}

interface Wanted {
  readonly name: string;
  readonly role?: NonNullable<CheckPart['role']>;
  readonly annotated: boolean;
  readonly sources: readonly SourceSpec[];
  readonly open: () => Promise<CheckPart['dataset']>;
}

/** The sources of `--coco`, `--voc`, `--yolo` and `--images`. */
export async function openSourcesForCheck(options: SourceChoices, context: Context): Promise<OpenedForCheck> {
  const { onFault, ...classes } = sourceSettingsOf(options);
  const wanted = sourcesOf(options, context).map((spec) => ({
    name: nameOf(spec),
    annotated: isAnnotated(spec),
    sources: [spec],
    open: () => openSource(spec, { ...classes, degenerate: 'drop', onFault: 'skip', unlabeled: 'where-absent' }),
  }));
  return { ...(await openAll(wanted)), skips: onFault === 'skip', training: {} };
}

/** The data of a run, each part by its place in it. */
export async function openConfigForCheck(
  file: string,
  options: SourceChoices,
  context: Context,
): Promise<OpenedForCheck> {
  const config = configOf(file, options, context);
  const { data, input } = config;
  let classes: readonly string[] | undefined;
  const wanted = (['labeled', 'unlabeled', 'validation'] as const).flatMap((role): Wanted[] => {
    const sources = sourcesOfPart(data, role);
    if (sources.length === 0) return [];
    const open = async () => {
      const opened = await openDataPart(data, role, {
        onFault: 'skip',
        degenerate: 'drop',
        ...(classes === undefined ? {} : { classes }),
      });
      if (role === 'labeled') classes = opened.categories.map((c) => c.name);
      return opened;
    };
    return [{ name: role, role, annotated: sources.some(isAnnotated), sources, open }];
  });
  const opened = await openAll(wanted);
  // what is held out of the labeled images fails as they do, and that is said once
  const heldOut = 'percent' in data.validation && opened.unopened.some(({ name }) => name === 'labeled');
  return {
    parts: opened.parts,
    unopened: opened.unopened.filter(({ name }) => !heldOut || name !== 'validation'),
    config,
    skips: data.onFault === 'skip',
    training: { smallestScale: smallestScaleOf(input.resize), minimumBoxSize: input.minimumBoxSize },
  };
}

async function openAll(wanted: readonly Wanted[]): Promise<Pick<OpenedForCheck, 'parts' | 'unopened'>> {
  const parts: CheckPart[] = [];
  const unopened: { name: string; error: Error }[] = [];
  for (const { name, role, annotated, sources, open } of wanted) {
    const place = role === undefined ? { name } : { name, role };
    try {
      parts.push({ ...place, annotated, sources, dataset: await open() });
    } catch (error) {
      unopened.push({ name, error: error as Error });
    }
  }
  return { parts, unopened };
}

const isAnnotated = (spec: SourceSpec) => 'annotations' in spec || 'voc' in spec || 'yolo' in spec;

function nameOf(spec: SourceSpec): string {
  const list = (value: string | readonly string[]) => {
    const paths = typeof value === 'string' ? [value] : value;
    return paths.map((path, i) => (i === 0 ? path : basename(path))).join(' + ');
  };
  if ('annotations' in spec) return list(spec.annotations);
  if ('voc' in spec) return spec.sets === undefined ? spec.voc : `${spec.voc} (${list(spec.sets)})`;
  if ('yolo' in spec) return spec.set === undefined ? spec.yolo : `${spec.yolo} (${spec.set})`;
  return list(spec.images);
}

/** The smallest factor that the weak view may draw for an image, as @sed/augment sizes it. */
function smallestScaleOf(resize: RunConfig['input']['resize']): NonNullable<CheckDataOptions['smallestScale']> {
  return ({ width, height }) => {
    const [short, long] = [Math.min(width, height), Math.max(width, height)];
    return resize.kind === 'short-edge'
      ? Math.min(resize.short[0] / short, resize.long / long)
      : Math.min(resize.short / short, resize.long / long) * resize.scale[0];
  };
}
