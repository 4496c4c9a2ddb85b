/** The data of a run, part by part, as analyses want it: with the labels that training does not see. */
import type { Category, Dataset, OpenedSource } from '@sed/datasets-coco';
import { subset } from '@sed/datasets-coco/split';
import type { RunConfig } from '../config/schema.ts';
import { openDataPart, sourcesOfPart, type DataPart } from '../data/sources.ts';
import { splitLabeled } from '../data/split-labeled.ts';

export interface AnalysisData {
  /** Boxes without an area are left out. */
  readonly dataset: Dataset;
  /** Whether the labels of all images are known. Without: no image has annotations that mean anything. */
  readonly labeled: boolean;
}

/**
 * Opens one part of a run's data alone. `labeled` are the images that keep their labels under `data.split`; `unlabeled`
 * are the others, or `data.unlabeled`, with their hidden labels where those are known (then the images without are left
 * out). A supervised run with a split has unlabeled images too.
 * @param categories the run's, by class index; the data must have these classes
 * @throws Error that begins with the name of the setting, or says that the run has no such data
 */
export async function openRunPart(
  { data }: RunConfig,
  part: DataPart,
  categories: readonly Category[],
): Promise<AnalysisData> {
  const open = (name: DataPart): Promise<OpenedSource> =>
    openDataPart(data, name, { classes: categories.map((c) => c.name), degenerate: 'drop' });
  if (part === 'validation') return { dataset: await open(part), labeled: true };
  if (part === 'unlabeled' && sourcesOfPart(data, part).length > 0) {
    const opened = await open(part);
    const known = opened.images.filter(({ id }) => !opened.withoutLabels.has(id));
    if (known.length === 0) return { dataset: opened, labeled: false };
    const dataset: Dataset = { source: opened.source, categories: opened.categories, images: opened.images };
    return {
      dataset: subset(
        dataset,
        known.map(({ id }) => id),
      ),
      labeled: true,
    };
  }
  const all = await open('labeled');
  const split = await splitLabeled(all, data);
  if (part === 'labeled') return { dataset: split?.labeled ?? all, labeled: true };
  if (!split || split.hidden.images.length === 0) {
    throw new Error(
      'The run has no unlabeled images ("data.unlabeled", or the rest of "data.split"): choose another part of its data, or other data.',
    );
  }
  return { dataset: split.hidden, labeled: true };
}
