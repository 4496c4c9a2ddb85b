import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CocoDetection, ImageRecord } from '@sed/datasets-coco';
import { onEveryBackend } from '@sed/testing';
import { randomStream } from '@sed/geometry';
import type { Detector, Parameters } from '@sed/detectors';
import * as tf from '@tensorflow/tfjs-core';
import type { RunConfig } from '../config/schema.ts';
import { png, tinyConfig } from '../testing/made-up.ts';
import { canvasFor } from './canvas.ts';
import { createDetector } from './detector.ts';
import { predictFiles } from './predict-files.ts';
import { predictImages } from './predict.ts';

const folder = mkdtempSync(join(tmpdir(), 'sed-predict-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let id = 0;
function picture(width: number, height: number): ImageRecord {
  const random = randomStream(3, 'picture', ++id);
  const fileName = `${id}.png`;
  const pixels = Uint8Array.from({ length: width * height * 3 }, () => random.integer(256));
  writeFileSync(join(folder, fileName), png(pixels, width, height));
  return { id, path: join(folder, fileName), fileName, annotations: [] };
}

describe('the canvas of a batch', () => {
  const input = (canvas: RunConfig['input']['canvas'], resize: object): RunConfig['input'] =>
    tinyConfig(folder, { input: { canvas, resize } }).input;
  const landscape = input({ width: 192, height: 128 }, { kind: 'fit', long: 170, short: 128, scale: [1, 1] });
  const one = (width: number, height: number) => canvasFor([{ width, height }], landscape, 32);

  test("the run's where it holds, else turned, else a square: no other shapes", () => {
    expect(one(170, 128)).toEqual({ width: 192, height: 128 });
    expect(one(1, 1)).toEqual({ width: 192, height: 128 });
    expect(one(128, 170)).toEqual({ width: 128, height: 192 });
    expect(
      canvasFor(
        [
          { width: 128, height: 170 },
          { width: 170, height: 128 },
        ],
        landscape,
        32,
      ),
    ).toEqual({
      width: 192,
      height: 192,
    });
    const square = input({ width: 64, height: 64 }, { kind: 'fit', long: 100, short: 64, scale: [1, 1] });
    for (const [width, height] of [
      [100, 20],
      [20, 100],
      [65, 64],
    ] as const)
      expect(canvasFor([{ width, height }], square, 32)).toEqual({ width: 128, height: 128 });
    const edge = { kind: 'short-edge', short: [30, 40], long: 60, test: { short: 60, long: 190 } };
    expect(canvasFor([{ width: 150, height: 60 }], input({ width: 64, height: 64 }, edge), 32)).toEqual({
      width: 192,
      height: 192,
    });
    expect(canvasFor([{ width: 150, height: 60 }], input(null, edge), 32)).toBeUndefined();
  });
});

onEveryBackend('pictures of any shape', () => {
  const config = tinyConfig(folder, {
    input: {
      resize: { kind: 'fit', long: 96, short: 64, scale: [1, 1] },
      canvas: { width: 96, height: 64 },
    },
  });
  // landscape, portrait, a single column, a single row, a single pixel, a panorama, landscape
  const sizes = [
    [90, 60],
    [60, 90],
    [1, 200],
    [200, 1],
    [1, 1],
    [300, 30],
    [96, 64],
  ] as const;
  let detector: Detector;
  let parameters: Parameters;
  let images: ImageRecord[];
  beforeAll(() => {
    detector = createDetector(config, 2);
    parameters = detector.initialize(1);
    images = sizes.map(([w, h]) => picture(w, h));
  });
  afterAll(() => tf.dispose([...parameters.values()]));

  const categories = [
    { id: 1, name: 'a' },
    { id: 2, name: 'b' },
  ];
  const detect = (of: readonly ImageRecord[], input = config.input, batch = 8) =>
    predictImages(detector, parameters, of, { input, categories, batch, scoreThreshold: 0, maxDetections: 3 });

  test('all are detected in their order, those that fit the canvas as without the others', async () => {
    const before = tf.memory().numTensors;
    const found = await detect(images);
    expect(tf.memory().numTensors).toBe(before);
    expect([...new Set(found.map((d) => d.image_id))]).toEqual(images.map((image) => image.id));
    const of = (image: ImageRecord): CocoDetection[] => found.filter((d) => d.image_id === image.id);
    const fitting = [images[0]!, images[6]!];
    const alone = await detect(fitting);
    close(fitting.flatMap(of), alone);
    // a portrait is what a run with an upright canvas finds
    const upright = await detect([images[1]!], { ...config.input, canvas: { width: 64, height: 96 } });
    close(of(images[1]!), upright);
    images.forEach((image, i) => {
      for (const {
        bbox: [x, y, w, h],
      } of of(image)) {
        expect(Math.min(x, y, w, h)).toBeGreaterThanOrEqual(0);
        expect(x + w).toBeLessThan(sizes[i]![0] + 0.01);
        expect(y + h).toBeLessThan(sizes[i]![1] + 0.01);
      }
    });
  });

  test('files by class name; one that is no image is named with the reason', async () => {
    writeFileSync(join(folder, '2b.jpg'), 'no picture');
    const options = { scoreThreshold: 0, maxDetections: 3 };
    const run = { config, detector, parameters, categories };
    const some = images.slice(0, 3).sort((a, b) => (a.path < b.path ? -1 : 1));
    const bad = join(folder, '2b.jpg');
    const found = await predictFiles(run, [...some.map(({ path }) => path), bad], options);
    expect(found.map(({ path }) => path)).toEqual([...some.map(({ path }) => path), bad].sort());
    expect(found.find(({ path }) => path === bad)).toEqual({
      path: bad,
      objects: [],
      error: expect.stringMatching(/2b\.jpg/) as string,
    });
    const wanted = await detect(some);
    const objects = found.flatMap((file) => file.objects);
    expect(objects.map(({ name }) => name)).toEqual(wanted.map(({ category_id }) => 'ab'[category_id - 1]));
    expect(objects.map(({ score, bbox }) => [score, bbox])).toEqual(wanted.map(({ score, bbox }) => [score, bbox]));
    await expect(predictFiles(run, join(folder, 'nowhere'))).rejects.toThrow(/nowhere/);
  });
});

/** Equal but for the order of sums in batches of other sizes. */
function close(found: readonly CocoDetection[], wanted: readonly CocoDetection[]): void {
  expect(found.map(({ image_id, category_id }) => [image_id, category_id])).toEqual(
    wanted.map(({ image_id, category_id }) => [image_id, category_id]),
  );
  found.forEach(({ score, bbox }, i) => {
    expect(score).toBeCloseTo(wanted[i]!.score, 5);
    bbox.forEach((v, k) => expect(v).toBeCloseTo(wanted[i]!.bbox[k]!, 2));
  });
}
