import { splitByFraction, type Dataset, type Split } from '@sed/datasets-coco';
import { splitInFileOrder } from '@sed/datasets-coco/split';
import type { RunConfig } from '../config/schema.ts';
import { sourcesOfPart } from './sources.ts';

/**
 * `data.split` of a config: which of the labeled images keep their labels.
 *
 * @throws Error where the protocol draws over positions in a file, and the labeled images are not one COCO file
 */
export async function splitLabeled(dataset: Dataset, data: RunConfig['data']): Promise<Split | undefined> {
  if (data.split === undefined) return undefined;
  const { percent, fold, protocol } = data.split;
  if (protocol === 'sorted') return splitByFraction({ dataset, percent, fold });
  const [source, ...others] = sourcesOfPart(data, 'labeled');
  const files = source !== undefined && 'annotations' in source ? [source.annotations].flat() : [];
  if (files.length !== 1 || others.length > 0) {
    throw new Error(
      `"data.split.protocol" is "${protocol}", which draws over positions in one COCO file: "data.labeled" must be one, with one file of annotations. ` +
        'Leave the protocol out to draw over the sorted ids of any data.',
    );
  }
  return splitInFileOrder({ dataset, annotations: files[0] as string, percent, fold, variant: protocol });
}
