/** What compiles and what must not; each `@ts-expect-error` is checked by the compiler. */
import * as tf from '@tensorflow/tfjs';
import { onEveryBackend } from '@sed/testing';
import {
  createFasterRcnn,
  createRetinaNet,
  disposeTensors,
  imageBatch,
  lite0RetinaNet,
  torchvisionFasterRcnn,
} from './index.ts';
import type {
  Detections,
  Detector,
  FasterRcnn,
  ImageBatch,
  Parameters,
  RetinaNet,
  RetinaNetForward,
  RetinaNetSettings,
  RgbImage,
  Target,
} from './index.ts';
import { loadAllWeights } from './weights/index.ts';
import type { StateDict } from './weights/index.ts';

const base = lite0RetinaNet(2);
const settings: RetinaNetSettings = {
  ...base,
  fpn: { ...base.fpn, channels: 8 },
  head: { ...base.head, depth: 1, channels: 8 },
};
const image: RgbImage = { pixels: new Uint8Array(32 * 32 * 3), width: 32, height: 32 };

onEveryBackend('types of detectors', () => {
  test('a detector of any kind is a Detector; weights are a map', async () => {
    const detector: RetinaNet = createRetinaNet(settings);
    const regions: FasterRcnn = createFasterRcnn(torchvisionFasterRcnn(2));
    const levels = [detector, regions].map(({ levels }: Pick<Detector, 'levels'>): number => levels);
    expect(levels).toEqual([5, 5]);
    const weights: Parameters = detector.initialize(1);
    const batch: ImageBatch = imageBatch([image], { multiple: detector.sizeMultiple });
    const forward: RetinaNetForward = detector.forward(weights, batch);
    const target: Target = { boxes: Float32Array.of(2, 2, 20, 20), labels: Int32Array.of(1) };
    const losses: Record<string, tf.Scalar> = detector.losses(forward, detector.assign([target], forward));
    const found: Detections[] = await detector.detect(forward, batch, { scoreThreshold: 0.9 });
    expect([Object.keys(losses).sort(), found.length]).toEqual([['boxRegression', 'classification'], 1]);
    disposeTensors(forward, batch);
    tf.dispose([...Object.values(losses), ...weights.values()]);
  });
});

test('misuse does not compile', () => {
  // @ts-expect-error how many classes is missing
  expect(() => createRetinaNet(lite0RetinaNet())).toThrow(/classes/);
  // @ts-expect-error a backbone that is none
  expect(() => createFasterRcnn(torchvisionFasterRcnn(2, 'resnet19'))).toThrow();
  // @ts-expect-error a list of images
  expect(() => imageBatch(image, { multiple: 32 })).toThrow();
  // @ts-expect-error pixels of floats
  const floats: RgbImage = { ...image, pixels: [0.5, 0.5, 0.5] };
  expect(() => imageBatch([floats], { multiple: 32 })).toThrow(/3 bytes/);
  const stateDict: StateDict = new Map([['w', { shape: [1], data: Float32Array.of(1) }]]);
  // @ts-expect-error the parameters of a detector, not itself
  expect(() => loadAllWeights(stateDict, createRetinaNet(settings))).toThrow();
});
