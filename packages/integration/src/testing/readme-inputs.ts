/** The files that READMEs speak of, small: data sets, photographs, detections, torchvision's weights, a config. */
import { synthesize } from '@sed/datasets-coco/synth';
import { createRetinaNet, torchvisionRetinaNet } from '@sed/detectors';
import { torchShape, writeSafetensors } from '@sed/detectors/weights';
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface Coco {
  images: { id: number; file_name: string; width: number; height: number }[];
  annotations: { id: number; image_id: number; category_id: number; bbox: number[] }[];
}

/** Makes them in `folder`. @param demo the demo's config, which a small one is made of */
export async function makeReadmeInputs(folder: string, demo: string): Promise<void> {
  const at = (...path: string[]): string => join(folder, ...path);
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), text);
  };
  const splits = [
    { name: 'train', images: 20 },
    { name: 'val', images: 4 },
  ];
  await synthesize({ out: at('bccd'), seed: 3, width: 96, height: 64, splits, options: { difficulty: 'easy' } });
  cpSync(at('bccd', 'train'), at('bccd', 'voc', 'JPEGImages'), { recursive: true });
  cpSync(at('bccd', 'val'), at('photos'), { recursive: true });
  const picture = at('photos', readdirSync(at('photos'))[0]!);
  copyFileSync(picture, at('photos', 'a.jpg'));

  const val = JSON.parse(readFileSync(at('bccd', 'annotations', 'instances_val.json'), 'utf8')) as Coco;
  write('instances_val.json', JSON.stringify(val));
  const found = val.annotations.map(({ image_id, category_id, bbox }) => ({ image_id, category_id, bbox, score: 0.9 }));
  write('detections.json', JSON.stringify(found));

  const part = (name: string): object => ({
    annotations: `bccd/annotations/instances_${name}.json`,
    images: `bccd/${name}`,
  });
  const config = JSON.parse(readFileSync(demo, 'utf8')) as Record<string, Record<string, unknown>>;
  const small = {
    ...config,
    data: {
      ...config['data'],
      root: '.',
      labeled: part('train'),
      unlabeled: { images: 'photos' },
      validation: part('val'),
    },
    detector: { ...config['detector'], weights: null },
    input: {
      ...config['input'],
      resize: { kind: 'fit', long: 64, short: 48, scale: [0.8, 1] },
      canvas: { width: 64, height: 64 },
    },
    optimizer: { ...config['optimizer'], warmup: { steps: 1, factor: 0.1 } },
    schedule: { ...config['schedule'], milestones: [3] },
    iterations: 4,
    method: { ...config['method'], burnIn: 2, alpha: { kind: 'step', start: 0.99, end: 0.9, at: 3 } },
    evaluation: { ...config['evaluation'], at: [] },
    checkpoints: { ...config['checkpoints'], every: 2 },
    telemetry: { every: 1, pseudoLabels: { every: 2, images: 2 } },
  };
  write('run.json', JSON.stringify(small));

  mkdirSync(at('VOCdevkit', 'VOC2007', 'JPEGImages'), { recursive: true });
  copyFileSync(picture, at('VOCdevkit', 'VOC2007', 'JPEGImages', '000001.jpg'));
  write('VOCdevkit/VOC2007/ImageSets/Main/trainval.txt', '000001\n');
  const object = (name: string): string =>
    `<object><name>${name}</name><bndbox><xmin>5</xmin><ymin>5</ymin><xmax>40</xmax><ymax>40</ymax></bndbox></object>`;
  write(
    'VOCdevkit/VOC2007/Annotations/000001.xml',
    `<annotation><filename>000001.jpg</filename><size><width>96</width><height>64</height><depth>3</depth></size>` +
      `${object('person')}${object('car')}${object('dog')}</annotation>`,
  );
  mkdirSync(at('mine', 'images', 'train'), { recursive: true });
  copyFileSync(picture, at('mine', 'images', 'train', 'b.jpg'));
  write('mine/labels/train/b.txt', '0 0.5 0.5 0.2 0.2\n');
  write('mine/data.yaml', 'path: .\ntrain: images/train\nval: images/train\nnames: [car, bicycle]\n');

  // torchvision's names and shapes with the cheapest values; safetensors, which is told from a .pth by its content
  const weights = createRetinaNet(torchvisionRetinaNet(91)).parameters.map((spec) => {
    const shape = torchShape(spec);
    const count = shape.reduce((a, b) => a * b, 1);
    return [spec.name, { shape, data: new Float32Array(count).fill(/running_var$/.test(spec.name) ? 1 : 0) }] as const;
  });
  writeFileSync(at('retinanet_resnet50_fpn_coco-eeacb38b.pth'), writeSafetensors(new Map(weights)));
}
