/**
 * The two runs of four steps that `whole-step.test.ts` trains and `tools/golden/whole_step.py` computes again in
 * PyTorch. Everything that a step can get wrong happens in them: two parts of 1 labeled and 2 unlabeled images, the end
 * of the burn-in after the first step, a ramp over the next three, warm-up, a milestone of the rate and, a step later,
 * one of α, a clipping that bites in some steps, both halvings.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomStream } from '@sed/geometry';

export type WholeStepRun = 'retinanet' | 'faster-rcnn';

export const CLASSES = ['red', 'blue'];

/** Of the images, in pixels; a view holds each in 128 x 128. */
const SIZES = [
  [128, 112],
  [112, 128],
  [120, 120],
  [128, 96],
] as const;

/**
 * Writes `train.json` (8 images), `val.json` (1) and `images/*.bmp`: one to three squares on noise, told apart by their
 * color.
 */
export function writeWholeStepData(folder: string): void {
  mkdirSync(join(folder, 'images'), { recursive: true });
  for (const [part, count] of [['train', 8] as const, ['val', 1] as const]) {
    const images = [];
    const annotations: object[] = [];
    for (let i = 0; i < count; i++) {
      const random = randomStream(11, part, i);
      const [width, height] = SIZES[i % SIZES.length]!;
      const pixels = Uint8Array.from({ length: width * height * 3 }, () => 60 + random.integer(60));
      const name = `${part}-${i}.bmp`;
      images.push({ id: i + 1, file_name: name, width, height });
      for (let k = 0; k <= i % 3; k++) {
        const side = 24 + random.integer(40);
        const [x, y, category] = [random.integer(width - side), random.integer(height - side), random.integer(2)];
        for (let row = y; row < y + side; row++) {
          for (let column = x; column < x + side; column++) pixels[(row * width + column) * 3 + 2 * category] = 250;
        }
        const id = annotations.length + 1;
        const bbox = [x, y, side, side];
        annotations.push({ id, image_id: i + 1, category_id: category + 1, bbox, area: side * side, iscrowd: 0 });
      }
      writeFileSync(join(folder, 'images', name), bmp(pixels, width, height));
    }
    const categories = CLASSES.map((name, i) => ({ id: i + 1, name }));
    writeFileSync(join(folder, `${part}.json`), JSON.stringify({ images, annotations, categories }));
  }
}

const DETECTORS = {
  retinanet: {
    kind: 'retinanet',
    backbone: { name: 'resnet18', trainableStages: 0 },
    fpn: { channels: 16 },
    head: { channels: 16 },
    anchors: { octaveScales: 1, ratios: [0.5, 1] },
  },
  // what is drawn for the losses is all there is, so that no draw decides
  'faster-rcnn': {
    kind: 'faster-rcnn',
    backbone: { name: 'resnet18', trainableStages: 0 },
    fpn: { channels: 16 },
    rpn: {
      sampling: { count: 100_000, positiveFraction: 0.5 },
      training: { candidatesPerLevel: 60, proposals: 60 },
      testing: { candidatesPerLevel: 20, proposals: 20 },
      pairs: { candidatesPerLevel: 40, proposals: 30 },
    },
    roi: { hidden: 24, sampling: { count: 100_000, positiveFraction: 0.5 } },
  },
} as const;

const METHODS = {
  retinanet: { lambdaScale: 0.7, lambdaDistill: 1.3, classificationWeight: 0.6, regressionWeight: 1.7 },
  'faster-rcnn': {
    lambdaScale: 0.8,
    lambdaDistill: 1.4,
    classificationWeight: { rpn: 0.3, roi: 0.9 },
    regressionWeight: { rpn: 1.6, roi: 1.2 },
  },
} as const;

/** Their norms are far apart, and so are the limits that lie between those of a run. */
const CLIPS = { retinanet: 25, 'faster-rcnn': 30 } as const;

/**
 * The config of a run, as JSON.
 * @param data the folder of {@link writeWholeStepData}
 * @param checkpoint the weights to start from, or null
 */
export function wholeStepConfig(run: WholeStepRun, data: string, checkpoint: string | null): Record<string, unknown> {
  const images = join(data, 'images');
  return {
    seed: 3,
    data: {
      labeled: { annotations: join(data, 'train.json'), images },
      split: { percent: 50, fold: 1 },
      unlabeled: 'rest-of-labeled',
      validation: { annotations: join(data, 'val.json'), images },
    },
    detector: { ...DETECTORS[run], checkpoint },
    input: { resize: { kind: 'fit', long: 128, short: 128, scale: [0.8, 1] }, canvas: { width: 128, height: 128 } },
    augment: { jitter: { probability: 1 }, blur: { kernel: 5, probability: 1 } },
    batch: { labeled: 2, unlabeled: 4, accumulate: 2 },
    pipeline: { workers: 0 },
    optimizer: {
      lr: 0.001,
      momentum: 0.9,
      weightDecay: 0.03,
      clip: CLIPS[run],
      warmup: { steps: 3, factor: 0.4 },
    },
    schedule: { kind: 'step', milestones: [2], factor: 0.3 },
    iterations: 4,
    method: {
      kind: 'sed',
      burnIn: 1,
      ramp: 3,
      maxShift: 2,
      weighting: { kind: 'gradient-histogram', bins: 8 },
      alpha: { kind: 'step', start: 0.8, end: 0.5, at: 3 },
      ...METHODS[run],
    },
    evaluation: { every: 0, models: ['student'] },
    checkpoints: { every: 0 },
    telemetry: { every: 1 },
  };
}

/** A BMP file of RGB bytes, row by row from the top: lossless, and no library's version decides its bytes. */
function bmp(rgb: Uint8Array, width: number, height: number): Buffer {
  const stride = Math.ceil((3 * width) / 4) * 4;
  const file = Buffer.alloc(54 + stride * height);
  file.write('BM');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  for (let y = 0; y < height; y++) {
    const row = 54 + (height - 1 - y) * stride;
    for (let x = 0; x < width; x++) {
      const [red, green, blue] = rgb.subarray(3 * (y * width + x));
      file.set([blue!, green!, red!], row + 3 * x);
    }
  }
  return file;
}
