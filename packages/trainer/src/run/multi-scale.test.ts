import type { CocoDetection } from '@sed/datasets-coco';
import { parseConfig } from '../config/parse.ts';
import { inputAt, mergeDetections } from './multi-scale.ts';

const detection = (image_id: number, category_id: number, x: number, score: number): CocoDetection => ({
  image_id,
  category_id,
  bbox: [x, 0, 10, 10],
  score,
});
const images = [{ id: 7 }, { id: 3 }];

test('the union of the scales, suppressed class by class inside each image, best first', () => {
  const a = [detection(7, 1, 0, 0.9), detection(7, 1, 40, 0.3), detection(3, 1, 0, 0.5)];
  const b = [
    detection(7, 1, 1, 0.8), // like the first of a: IoU 9 / 11
    detection(7, 2, 1, 0.7), // of another class
    detection(7, 1, 5, 0.6), // IoU 1 / 3
    detection(3, 1, 0, 0.95), // better than a's
  ];
  expect(mergeDetections([a, b], images)).toEqual([a[0], b[1], b[2], a[1], b[3]]);
  expect(mergeDetections([a, b], images, { iou: 0.3 })).toEqual([a[0], b[1], a[1], b[3]]);
  expect(mergeDetections([a, b], images, { maxDetections: 1 })).toEqual([a[0], b[3]]);
  expect(mergeDetections([[], []], images)).toEqual([]);
});

test('an IoU of exactly the threshold stays, and equal scores keep the order of the scales', () => {
  const half = { ...detection(7, 1, 0, 0.5), bbox: [0, 0, 10, 5] as [number, number, number, number] };
  const whole = detection(7, 1, 0, 0.5);
  expect(mergeDetections([[whole], [half]], images)).toEqual([whole, half]);
});

describe('the input at another size', () => {
  const config = (resize: object) =>
    parseConfig({
      data: { labeled: { annotations: 'a', images: 'b' }, validation: { annotations: 'a', images: 'b' } },
      method: { kind: 'supervised' },
      input: { resize, canvas: { width: 1344, height: 1344 } },
    }).input;

  test('the long edge grows in proportion, whatever tests use otherwise; batches are padded as needed', () => {
    const paper = inputAt(config({ kind: 'short-edge' }), 1200);
    expect(paper).toMatchObject({ canvas: null, resize: { test: { short: 1200, long: 2000 } } });
    const jitter = { kind: 'short-edge', short: [300, 1200], long: 2000, test: { short: 800, long: 1333 } };
    expect(inputAt(config(jitter), 480).resize).toMatchObject({ test: { short: 480, long: 800 } });
  });

  test('fit: the frame grows', () => {
    const fit = config({ kind: 'fit', long: 320, short: 240, scale: [0.8, 1] });
    expect(inputAt(fit, 360).resize).toEqual({ kind: 'fit', long: 480, short: 360, scale: [1, 1] });
  });
});
