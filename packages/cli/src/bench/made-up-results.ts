/**
 * Made-up annotations and detections for timing evaluation: how many objects and boxes there are decides what it costs,
 * and how many of them meet.
 */
import type { Annotation, CocoDetection, Dataset, ImageRecord } from '@sed/datasets-coco';
import { randomStream, type RandomStream } from '@sed/geometry';

export interface ResultsSettings {
  readonly images: number;
  /** Detections of an image. */
  readonly detections: number;
  readonly classes: number;
  readonly seed?: number;
}

type Box = [number, number, number, number];

/** Pixels of an image, as most of COCO's. */
const [WIDTH, HEIGHT] = [640, 480];
/** Objects of an image: 0 to 14, of three classes; val2017 has 7.3 of 2.9 on average. */
const [MOST_OBJECTS, CLASSES] = [14, 3];
/** Of detections: those near an object, and of these those of its class. */
const [NEAR, RIGHT_CLASS] = [0.6, 0.8];
const CROWDS = 0.01;

const cents = (value: number): number => Math.round(value * 100) / 100;

/**
 * A data set as large as COCO's val2017 by default, and detections of which some are right. The same for the same
 * settings.
 */
export function madeUpResults(settings: ResultsSettings): { dataset: Dataset; detections: CocoDetection[] } {
  const { images: count, detections: perImage, classes, seed = 1 } = settings;
  const random = randomStream(seed, 'results');
  const side = (): number => Math.exp(random.uniform(Math.log(8), Math.log(400)));
  const categories = Array.from({ length: classes }, (_, i) => ({ id: i + 1, name: `class ${i + 1}` }));
  const images: ImageRecord[] = [];
  const detections: CocoDetection[] = [];
  let id = 1;
  for (let image = 1; image <= count; image++) {
    const present = Array.from({ length: CLASSES }, () => random.integer(classes));
    const annotations = Array.from({ length: random.integer(MOST_OBJECTS + 1) }, (): Annotation => {
      const [w, h] = [side(), side()];
      const bbox = [random.uniform(0, WIDTH - w / 2), random.uniform(0, HEIGHT - h / 2), w, h].map(cents) as Box;
      const crowd = random.next() < CROWDS;
      return {
        id: id++,
        bbox,
        category: present[random.integer(CLASSES)]!,
        area: cents(bbox[2] * bbox[3] * 0.6),
        crowd,
      };
    });
    const fileName = `${image}.jpg`;
    images.push({ id: image, path: `/${fileName}`, fileName, width: WIDTH, height: HEIGHT, annotations });
    for (let d = 0; d < perImage; d++) detections.push(detectionOf(image, annotations, classes, random));
  }
  return { dataset: { source: 'made-up results', categories, images }, detections };
}

function detectionOf(
  image: number,
  annotations: readonly Annotation[],
  classes: number,
  random: RandomStream,
): CocoDetection {
  const near =
    annotations.length > 0 && random.next() < NEAR ? annotations[random.integer(annotations.length)] : undefined;
  const side = (): number => Math.exp(random.uniform(Math.log(8), Math.log(400)));
  const moved = (v: number, i: number): number =>
    Math.max(i < 2 ? 0 : 1, v + random.uniform(-0.2, 0.2) * near!.bbox[2 + (i % 2)]!);
  const bbox = near
    ? near.bbox.map(moved)
    : [random.uniform(0, WIDTH - 40), random.uniform(0, HEIGHT - 40), side(), side()];
  const category = near && random.next() < RIGHT_CLASS ? near.category : random.integer(classes);
  return {
    image_id: image,
    category_id: category + 1,
    bbox: bbox.map(cents) as Box,
    score: cents(random.next() ** 3),
  };
}

/** The annotations as COCO has them, for other tools. */
export function cocoJson({ images, categories }: Dataset): object {
  return {
    images: images.map(({ id, fileName, width, height }) => ({ id, file_name: fileName, width, height })),
    annotations: images.flatMap(({ id: image_id, annotations }) =>
      annotations.map(({ category, crowd, ...rest }) => ({
        ...rest,
        image_id,
        category_id: categories[category]!.id,
        iscrowd: Number(crowd),
      })),
    ),
    categories,
  };
}
