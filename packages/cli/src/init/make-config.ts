/** A complete config from a recipe: its paths, classes, sizes and length filled in. */
import { isAbsolute } from 'node:path';
import { parseConfig, readRecipe, withIterations, type RunConfig } from '@sed/trainer';
import { shownFrom } from '../ui/path.ts';
import type { Chosen } from './choose.ts';
import type { LabelSource } from './found.ts';

/** What is learnt from and measured on. Paths are absolute. */
export interface ChosenData {
  readonly labeled: readonly LabelSource[];
  /** Sources of their own, or the part of the labeled images that is held out, in %. */
  readonly validation: readonly LabelSource[] | { readonly percent: number; readonly fold: number };
  readonly unlabeled: string | undefined;
  readonly classes?: readonly string[];
}

/** The config before its data is looked at: the recipe's own sizes. */
export function draftConfig(data: ChosenData): RunConfig {
  const recipe = readRecipe(data.unlabeled === undefined ? 'bccd-10-supervised' : 'bccd-10-sed');
  const oneOrMany = (sources: readonly LabelSource[]) => (sources.length === 1 ? sources[0] : sources);
  const { labeled, validation, unlabeled, classes } = data;
  const { data: recipeData, ...rest } = recipe as { data: RunConfig['data'] };
  const { onFault, cacheMegabytes } = recipeData;
  return parseConfig({
    ...rest,
    description: 'Made by sed-cli init.',
    data: {
      labeled: oneOrMany(labeled),
      ...(unlabeled === undefined ? {} : { unlabeled: { images: unlabeled } }),
      validation: 'percent' in validation ? validation : oneOrMany(validation),
      ...(classes === undefined ? {} : { classes }),
      onFault,
      cacheMegabytes,
    },
    threads: null,
  });
}

/** The draft with what was chosen for the data and the machine. */
export function finishConfig(
  draft: RunConfig,
  chosen: Chosen,
  classes: readonly string[],
  description: string,
): RunConfig {
  const { batch, long, short, canvas, anchorSide, iterations } = chosen;
  const { input, detector } = draft;
  return withIterations(
    parseConfig({
      ...draft,
      description,
      data: { ...draft.data, classes },
      detector: {
        ...detector,
        ...('anchors' in detector ? { anchors: { ...detector.anchors, side: anchorSide } } : {}),
      },
      input: { ...input, resize: { kind: 'fit', long, short, scale: [0.8, 1] }, canvas },
      batch: { labeled: batch, unlabeled: batch, accumulate: 1 },
    }),
    iterations,
  ).config;
}

/** A config as a file: paths below its folder are relative to it, lists of numbers and names stand on one line. */
export function configText(config: RunConfig, folder: string): string {
  const shorten = (value: unknown): unknown => {
    if (typeof value === 'string' && isAbsolute(value)) {
      return shownFrom(folder, value);
    }
    if (Array.isArray(value)) return value.map(shorten);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, shorten(v)]));
  };
  const { description, seed, data, ...rest } = config;
  const ordered = { description, seed, data: shorten(data), ...rest };
  const text = JSON.stringify(ordered, null, 2);
  const plain = String.raw`(?:-?\d[\d.eE+-]*|"(?:[^"\\]|\\.)*")`;
  return `${text.replace(new RegExp(String.raw`\[\s+(${plain}(?:,\s+${plain})*)\s+\]`, 'g'), (_, list: string) => `[${list.replaceAll(/,\s*\n\s*/g, ', ')}]`)}\n`;
}
