import { fakeWebgpu, hashedParameters } from '@sed/testing';
import * as tf from '@tensorflow/tfjs';
import { disposeTensors } from './dispose.ts';
import { createFasterRcnn } from './faster-rcnn/faster-rcnn.ts';
import { lite0FasterRcnn } from './faster-rcnn/settings.ts';
import { imageBatch } from './images/batch.ts';
import { createRetinaNet } from './retinanet/retinanet.ts';
import { lite0RetinaNet } from './retinanet/settings.ts';
import { fromTfjs } from './weights/layout.ts';

const picture = { pixels: new Uint8Array(3 * 64 * 64).fill(90), width: 64, height: 64 };

describe.each([
  ['RetinaNet', () => createRetinaNet(lite0RetinaNet(2))],
  ['Faster R-CNN', () => createFasterRcnn(lite0FasterRcnn(2))],
] as const)('%s', (_, create) => {
  const detector = create();

  test('a forward pass and its batch are freed whole', async () => {
    await tf.setBackend('cpu');
    const weights = hashedParameters(detector.parameters);
    const before = tf.memory().numTensors;
    const batch = imageBatch([picture], { multiple: detector.sizeMultiple });
    const forward = detector.forward(weights, batch);
    detector.detect(forward as never, batch);
    disposeTensors(forward, batch);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([...weights.values()]);
  });

  test('on WebGPU detecting and writing weights are refused, for tfjs would read other values than were computed', async () => {
    const back = await fakeWebgpu();
    try {
      const weights = hashedParameters(detector.parameters);
      const batch = imageBatch([picture], { multiple: detector.sizeMultiple });
      const forward = detector.forward(weights, batch);
      const before = tf.memory().numTensors;
      expect(() => detector.detect(forward as never, batch)).toThrow(
        /on the backend webgpu tfjs gives wrong values.*'wasm'/,
      );
      expect(() => fromTfjs(weights, detector.parameters)).toThrow(/^fromTfjs reads .* webgpu/);
      expect(tf.memory().numTensors).toBe(before);
      disposeTensors(forward, batch);
      tf.dispose([...weights.values()]);
    } finally {
      await back();
    }
  });
});
