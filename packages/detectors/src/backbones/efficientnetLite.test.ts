/** Features against the PyPI package `efficientnet-lite-pytorch` (tools/golden/efficientnet_lite0.py). */
import * as tf from '@tensorflow/tfjs';
import { onEveryBackend } from '@sed/testing';
import { expectSample, fixture, hashedParameters, uniform, type Sample } from '../testing/hashed.ts';
import type { Parameters } from '../types.ts';
import { createEfficientNetLite0 } from './efficientnetLite.ts';

const golden = await fixture<{ height: number; width: number; real: Sample[]; hashed: Sample[] }>('efficientnet-lite0');
const backbone = createEfficientNetLite0({ trainableStages: 3, trainableNorm: true, normEpsilon: 1e-3 });

function check(parameters: Parameters, expected: Sample[]): void {
  tf.tidy(() => {
    const values = uniform('lite0 image', golden.height * golden.width * 3);
    const pixels = tf.tensor4d(Float32Array.from(values), [1, golden.height, golden.width, 3]);
    backbone
      .features(parameters, pixels)
      .forEach((feature, i) => expectSample(`C${i + 3}`, feature.dataSync(), expected[i]!, 1e-4));
  });
}

onEveryBackend('EfficientNet-Lite0', () => {
  test('features with hashed weights are those of its PyTorch code', () => {
    const parameters = hashedParameters(backbone.definitions);
    check(parameters, golden.hashed);
    tf.dispose([...parameters.values()]);
  });
});
