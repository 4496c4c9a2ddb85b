import { expectNoLeakAsync, fakeWebgpu, hashedParameters } from '@sed/testing';
import * as tf from '@tensorflow/tfjs';
import { disposeTensors } from './dispose.ts';
import { imageBatch } from './images/batch.ts';
import { narrowFasterRcnn, narrowRetinaNet } from './testing/narrow.ts';
import type { Detector } from './types.ts';
import { fromTfjs } from './weights/layout.ts';

const picture = { pixels: Uint8Array.from({ length: 3 * 64 * 64 }, (_, i) => (i * 37) % 251), width: 64, height: 64 };

describe.each([
  ['RetinaNet', narrowRetinaNet(2) as Detector],
  ['Faster R-CNN', narrowFasterRcnn(2) as Detector],
] as const)('%s', (name, detector) => {
  const pass = () => {
    const weights = hashedParameters(detector.parameters);
    const batch = imageBatch([picture], { multiple: detector.sizeMultiple });
    const forward = detector.forward(weights, batch);
    const free = (): void => {
      disposeTensors(forward, batch);
      tf.dispose([...weights.values()]);
    };
    return { weights, batch, forward, free };
  };
  const options = { scoreThreshold: 0.001, maxDetections: 5 };

  test('a forward pass and its batch are freed whole', async () => {
    await tf.setBackend('cpu');
    await expectNoLeakAsync(async () => {
      const { forward, batch, free } = pass();
      await detector.detect(forward, batch, options);
      free();
    }, 0);
  });

  test('two detections that wait at the same time do not disturb each other', async () => {
    await tf.setBackend('cpu');
    const [a, b] = [pass(), pass()];
    const alone = await detector.detect(a.forward, a.batch, options);
    const both = await expectNoLeakAsync(
      () => Promise.all([detector.detect(a.forward, a.batch, options), detector.detect(b.forward, b.batch, options)]),
      0,
    );
    expect(both).toEqual([alone, alone]);
    expect(alone[0]!.scores.length).toBeGreaterThan(0);
    a.free();
    b.free();
  });

  test('on WebGPU, where reading at once gives other values than were computed', async () => {
    await tf.setBackend('cpu');
    const there = pass();
    const expected = await detector.detect(there.forward, there.batch, options);
    there.free();
    const back = await fakeWebgpu();
    try {
      const { weights, forward, batch, free } = pass();
      const before = tf.memory().numTensors;
      if (name === 'RetinaNet') expect(await detector.detect(forward, batch, options)).toEqual(expected);
      // its regions are pooled on the host
      else await expect(detector.detect(forward, batch)).rejects.toThrow(/^roiAlign reads .* webgpu.*'wasm'/);
      expect(() => fromTfjs(weights, detector.parameters)).toThrow(/^fromTfjs reads .* webgpu/);
      expect(tf.memory().numTensors).toBe(before);
      free();
    } finally {
      await back();
    }
  });
});
