/** A made-up data set and a tiny config, for tests: bright squares on noise, two classes told apart by their color. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { randomStream } from '@sed/geometry';
import { parseConfig } from '../config/parse.ts';
import type { RunConfig } from '../config/schema.ts';

const SIZE = 64;

/** Writes `train.json`, `val.json` and `images/*.png` into `folder`. Objects are of the first two classes. */
export function writeMadeUpData(
  folder: string,
  images: { train: number; val: number },
  classes: readonly string[] = ['red', 'blue'],
): void {
  mkdirSync(join(folder, 'images'), { recursive: true });
  let id = 0;
  for (const [part, count] of Object.entries(images)) {
    const records = [];
    const annotations = [];
    for (let i = 0; i < count; i++) {
      id++;
      const random = randomStream(7, part, i);
      const pixels = Uint8Array.from({ length: SIZE * SIZE * 3 }, () => 60 + random.integer(60));
      const name = `${part}-${i}.png`;
      records.push({ id, file_name: name, width: SIZE, height: SIZE });
      for (let k = 0; k < 2; k++) {
        const side = 16 + random.integer(16);
        const [x, y, category] = [random.integer(SIZE - side), random.integer(SIZE - side), random.integer(2)];
        for (let row = y; row < y + side; row++) {
          for (let column = x; column < x + side; column++) pixels[(row * SIZE + column) * 3 + 2 * category] = 250;
        }
        annotations.push({
          id: annotations.length + 1,
          image_id: id,
          category_id: category + 1,
          bbox: [x, y, side, side],
          area: side * side,
          iscrowd: 0,
        });
      }
      writeFileSync(join(folder, 'images', name), png(pixels, SIZE, SIZE));
    }
    const categories = classes.map((name, i) => ({ id: i + 1, name }));
    writeFileSync(join(folder, `${part}.json`), JSON.stringify({ images: records, annotations, categories }));
  }
}

/** A Faster R-CNN as narrow as the RetinaNet of {@link tinyConfig}, with random weights. */
export const TINY_FASTER_RCNN = {
  kind: 'faster-rcnn',
  compat: 'mmdetection',
  backbone: { name: 'efficientnet-lite0', trainableStages: 2, trainableNorm: true, normEpsilon: 1e-3 },
  fpn: { channels: 8 },
  initialization: 'he',
  anchors: { side: 6, ratios: [1], centerOffset: 0.5 },
  rpn: {
    sampling: { count: 32 },
    training: { candidatesPerLevel: 50, proposals: 40 },
    testing: { candidatesPerLevel: 30, proposals: 20 },
    pairs: { candidatesPerLevel: 30, proposals: 10 },
  },
  roi: { hidden: 16, poolSize: 3, samplingRatio: 1, sampling: { count: 16 } },
};

/**
 * A run of seconds on the data of {@link writeMadeUpData}: half of train labeled, a narrow detector with random
 * weights.
 */
export function tinyConfig(folder: string, changes: Record<string, unknown> = {}): RunConfig {
  const data = { annotations: join(folder, 'train.json'), images: join(folder, 'images') };
  return parseConfig({
    data: {
      labeled: data,
      split: { percent: 50, fold: 1 },
      unlabeled: 'rest-of-labeled',
      validation: { ...data, annotations: join(folder, 'val.json') },
    },
    detector: {
      backbone: { name: 'efficientnet-lite0', trainableStages: 2, trainableNorm: true, normEpsilon: 1e-3 },
      fpn: { channels: 8 },
      head: { depth: 1, channels: 8 },
      initialization: 'he',
      anchors: { kind: 'exact', side: 3, octaveScales: 1, ratios: [1], centerOffset: 0.5 },
      matching: { lowQuality: 'forced' },
      loss: { normalizer: 'batch' },
    },
    input: { resize: { kind: 'fit', long: 64, short: 64, scale: [0.8, 1] }, canvas: { width: 64, height: 64 } },
    batch: { labeled: 2, unlabeled: 2 },
    optimizer: { lr: 0.002, clip: 10, warmup: { steps: 2, factor: 0.5 } },
    schedule: { kind: 'step', milestones: [8] },
    iterations: 10,
    method: { kind: 'sed', burnIn: 4, classificationWeight: 0.1, regression: 'objectness' },
    evaluation: { every: 5 },
    checkpoints: { every: 3, keep: 1 },
    telemetry: { every: 1, pseudoLabels: { every: 5, images: 2 } },
    ...changes,
  });
}

/** A PNG file of RGB bytes, row by row. */
export function png(rgb: Uint8Array, width: number, height: number): Buffer {
  const rows = Buffer.alloc(height * (width * 3 + 1));
  for (let y = 0; y < height; y++) rows.set(rgb.subarray(y * width * 3, (y + 1) * width * 3), y * (width * 3 + 1) + 1);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const chunk = (type: string, body: Buffer) => {
    const typed = Buffer.concat([Buffer.from(type), body]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(body.length);
    sum.writeUInt32BE(crc32(typed));
    return Buffer.concat([length, typed, sum]);
  };
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
