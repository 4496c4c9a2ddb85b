// Time of evaluateCoco on made-up results the size of COCO val2017: 5,000 images, 100 detections each, 80 classes.
//   node bench/evaluate.mjs [--write FOLDER]      (build first: npx tsc -b)
// --write also saves instances.json and detections.json, for the same through pycocotools: python3 bench/evaluate.py FOLDER
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { evaluateCoco, Mt19937 } from '../dist/index.js';

const { values } = parseArgs({ options: { write: { type: 'string' } } });
const random = new Mt19937(1);
const uniform = (low, high) => low + ((high - low) * random.next()) / 2 ** 32;
const logUniform = (low, high) => Math.exp(uniform(Math.log(low), Math.log(high)));
const round = (value) => Math.round(value * 100) / 100;

const categories = Array.from({ length: 80 }, (_, i) => ({ id: i + 1, name: `class ${i + 1}` }));
const images = [];
const detections = [];
let id = 1;
for (let image = 1; image <= 5000; image++) {
  // About 7 objects of a few classes an image, as in val2017.
  const classes = Array.from({ length: 3 }, () => random.interval(79));
  const annotations = Array.from({ length: random.interval(14) }, () => {
    const [w, h] = [logUniform(8, 400), logUniform(8, 400)];
    const bbox = [uniform(0, 640 - w / 2), uniform(0, 480 - h / 2), w, h].map(round);
    const crowd = uniform(0, 1) < 0.01;
    return { id: id++, bbox, category: classes[random.interval(2)], area: round(bbox[2] * bbox[3] * 0.6), crowd };
  });
  images.push({ id: image, path: `/${image}.jpg`, fileName: `${image}.jpg`, width: 640, height: 480, annotations });
  for (let d = 0; d < 100; d++) {
    const near =
      annotations.length > 0 && uniform(0, 1) < 0.6 ? annotations[random.interval(annotations.length - 1)] : undefined;
    const bbox = near
      ? near.bbox.map((v, i) => round(Math.max(i < 2 ? 0 : 1, v + uniform(-0.2, 0.2) * near.bbox[2 + (i % 2)])))
      : [uniform(0, 600), uniform(0, 440), logUniform(8, 400), logUniform(8, 400)].map(round);
    const category = near && uniform(0, 1) < 0.8 ? near.category : random.interval(79);
    detections.push({ image_id: image, category_id: category + 1, bbox, score: round(uniform(0, 1) ** 3) });
  }
}
const dataset = { source: 'bench', categories, images };
console.log(`${images.length} images, ${id - 1} objects, ${detections.length} detections`);
for (let run = 0; run < 3; run++) {
  const start = performance.now();
  const { metrics } = evaluateCoco(dataset, detections);
  console.log(`${((performance.now() - start) / 1000).toFixed(2)} s`, run === 0 ? metrics : '');
}
if (values.write) {
  mkdirSync(values.write, { recursive: true });
  const save = (name, value) => writeFileSync(join(values.write, name), JSON.stringify(value));
  save('instances.json', {
    images: images.map((image) => ({ id: image.id, file_name: image.fileName, width: 640, height: 480 })),
    annotations: images.flatMap((image) =>
      image.annotations.map(({ category, crowd, ...rest }) => ({
        ...rest,
        image_id: image.id,
        category_id: category + 1,
        iscrowd: Number(crowd),
      })),
    ),
    categories,
  });
  save('detections.json', detections);
}
