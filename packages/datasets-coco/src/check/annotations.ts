import type { Problems } from '../problems.ts';
import { noteCrowds, noteIdsOf0, noteMeasured } from './measured.ts';
import type { CheckDataOptions, CheckPart, PartReport, ReadImage } from './types.ts';

/** Counts what is in a part, and warns of what is odd about its boxes. */
export function checkAnnotations(
  part: CheckPart,
  read: readonly ReadImage[],
  options: CheckDataOptions,
  warnings: Problems,
): PartReport {
  const { dataset, name } = part;
  const boxes = dataset.categories.map(() => 0);
  const learnt = dataset.categories.map(() => 0);
  let [annotations, crowds, difficult, imagesWithoutBoxes] = [0, 0, 0, 0];
  for (const item of read) {
    const { image } = item;
    if (image.annotations.length === 0) {
      imagesWithoutBoxes++;
      if (part.annotated) warnOfEmpty(part, item, warnings);
    }
    const seen = new Map<string, number>();
    for (const { id, bbox, category, crowd, difficult: hard } of image.annotations) {
      annotations++;
      if (crowd) crowds++;
      if (hard === true) difficult++;
      boxes[category] = (boxes[category] ?? 0) + 1;
      if (!crowd && hard !== true) learnt[category] = (learnt[category] ?? 0) + 1;
      const key = `${category} ${bbox.join(' ')}`;
      const twin = seen.get(key);
      if (twin === undefined) seen.set(key, id);
      else {
        warnings.add({
          file: dataset.source,
          at: `annotation id ${id}`,
          found: `the same box and class as annotation id ${twin} of image '${image.fileName}' (id ${image.id})`,
          kind: 'boxes that are there twice',
          advice: 'a detector is punished for finding the object once: keep one',
          skips: 'nothing',
        });
      }
      if (!crowd) checkTiny(item, { id, bbox }, part, options, warnings);
    }
  }
  const used = { ...dataset, images: read.map(({ image }) => image) };
  if (part.annotated && part.role === 'validation') noteMeasured(used, warnings);
  else if (part.annotated) {
    noteIdsOf0(used, warnings);
    warnOfUnused(part, boxes, learnt, warnings);
    noteCrowds(dataset.source, crowds, annotations, warnings);
  }
  const named = part.annotated ? dataset.categories : [];
  const classes = Object.fromEntries(named.map((category, i) => [category.name, boxes[i] as number]));
  return {
    name,
    source: dataset.source,
    annotated: part.annotated,
    images: read.length,
    annotations,
    crowds,
    difficult,
    learnt: learnt.reduce((sum, n) => sum + n, 0),
    imagesWithoutBoxes,
    classes,
  };
}

function checkTiny(
  { image, width, height }: ReadImage,
  { id, bbox }: { readonly id: number; readonly bbox: readonly [number, number, number, number] },
  { dataset }: CheckPart,
  { smallestScale, minimumBoxSize = 1 }: CheckDataOptions,
  warnings: Problems,
): void {
  if (smallestScale === undefined) return;
  const scale = smallestScale({ width, height });
  const [w, h] = [bbox[2] * scale, bbox[3] * scale];
  if (Math.min(w, h) >= minimumBoxSize) return;
  warnings.add({
    file: dataset.source,
    at: `annotation id ${id}`,
    found: `${bbox[2]}x${bbox[3]} pixels in '${image.fileName}' (id ${image.id}) are ${w.toFixed(2)}x${h.toFixed(2)} in training`,
    kind: `boxes below ${minimumBoxSize} pixel in training`,
    advice: 'such views leave them out ("input.minimumBoxSize"); a larger "input.resize" keeps them',
    skips: 'nothing',
  });
}

function warnOfEmpty({ dataset, role }: CheckPart, { image }: ReadImage, warnings: Problems): void {
  warnings.add({
    file: dataset.source,
    at: `image id ${image.id}`,
    found: `'${image.fileName}' has no box`,
    kind: 'images without boxes',
    advice:
      role === 'validation'
        ? 'each detection in them counts as wrong: right if nothing is in them'
        : 'they are trained on as images of background alone: right if nothing is in them',
    skips: 'nothing',
  });
}

function warnOfUnused(
  { dataset, name }: CheckPart,
  boxes: readonly number[],
  learnt: readonly number[],
  warnings: Problems,
): void {
  dataset.categories.forEach((category, i) => {
    if (learnt[i] !== 0) return;
    if (boxes[i] !== 0) {
      warnings.add({
        file: dataset.source,
        at: `category id ${category.id}`,
        found: `all ${boxes[i]} boxes of '${category.name}' in ${name} are crowds or difficult`,
        kind: 'classes of crowds and difficult objects alone',
        advice: 'neither are learnt from, so these classes cannot be learnt: mend the flags if they are wrong',
        skips: 'nothing',
      });
      return;
    }
    warnings.add({
      file: dataset.source,
      at: `category id ${category.id}`,
      found: `'${category.name}' has no box in ${name}`,
      kind: 'classes without a box',
      advice: 'they cannot be learnt from these images',
      skips: 'nothing',
    });
  });
}
