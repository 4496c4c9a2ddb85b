/** Features against the PyPI package `efficientnet-lite-pytorch` (tools/golden/efficientnet_lite0.py). */
import * as tf from '@tensorflow/tfjs';
import { expectNoLeak, onEveryBackend } from '@sed/testing';
import { expectSample, fixture, hashedParameters, uniform, type Sample } from '../testing/hashed.ts';
import { bytesOf, lite0File, testWithFile } from '../testing/files.ts';
import type { Parameters } from '../types.ts';
import { loadAllWeights, readWeights } from '../weights/index.ts';
import { createEfficientNetLite0 } from './efficientnet-lite.ts';

interface Golden {
  height: number;
  width: number;
  real: Sample[];
  hashed: Sample[];
  gradients: Record<string, Sample>;
}
const golden = await fixture<Golden>('efficientnet-lite0');
const backbone = createEfficientNetLite0({ trainableStages: 3, trainableNorm: true, normEpsilon: 1e-3 });

function check(parameters: Parameters, expected: Sample[]): void {
  tf.tidy(() => {
    const values = uniform('lite0 image', golden.height * golden.width * 3);
    const pixels = tf.tensor4d(Float32Array.from(values), [1, golden.height, golden.width, 3]);
    backbone
      .features(parameters, pixels)
      .slice(1) // C2 is on the way to the others
      .forEach((feature, i) => expectSample(`C${i + 3}`, feature.dataSync(), expected[i]!, 1e-5));
  });
}

onEveryBackend('EfficientNet-Lite0', () => {
  test('features with hashed weights are those of its PyTorch code', () => {
    const parameters = hashedParameters(backbone.definitions);
    check(parameters, golden.hashed);
    tf.dispose([...parameters.values()]);
  });

  testWithFile(
    'features with the released weights are those of its PyTorch code',
    lite0File(),
    'set SED_LITE0_WEIGHTS to efficientnet-lite0-57934424.pth, or run sed-cli once with the weights efficientnet-lite0-imagenet',
    async (path) => {
      const weights = loadAllWeights(readWeights(await bytesOf(path), path), backbone.definitions, path);
      check(weights, golden.real);
      tf.dispose([...weights.values()]);
    },
  );
});

onEveryBackend(
  'EfficientNet-Lite0, trained',
  () => {
    test('gradients of the trained blocks, norms included, are torch’s', () => {
      const values = hashedParameters(backbone.definitions);
      const variables = new Map(
        backbone.definitions.map(({ name, trainable }) => [name, tf.variable(values.get(name)!, trainable)]),
      );
      const trained = backbone.definitions.filter(({ trainable }) => trainable).map(({ name }) => name);
      expect([...trained].sort()).toEqual(Object.keys(golden.gradients).sort());
      const pixels = tf.tensor4d(Float32Array.from(uniform('lite0 image', 64 * 64 * 3)), [1, 64, 64, 3]);
      const { value, grads } = expectNoLeak(
        () =>
          tf.variableGrads(() =>
            tf.addN(
              backbone
                .features(variables, pixels)
                .slice(1)
                .map((feature, i) => {
                  const weights = tf.tensor(
                    Float32Array.from(uniform(`weight C${i + 3}`, feature.size)),
                    feature.shape,
                  );
                  return tf.sum<tf.Scalar>(tf.mul(feature, weights));
                }),
            ),
          ),
        1 + trained.length,
      );
      for (const name of trained) {
        expectSample(name, grads[variables.get(name)!.name]!.dataSync(), golden.gradients[name]!, 5e-5);
      }
      tf.dispose([value, grads, pixels, [...values.values()], [...variables.values()]]);
    });
  },
  ['wasm', 'tensorflow'],
);

test('a file that is not this backbone’s is refused, and leaves nothing behind', () => {
  const stateDict = new Map([['_bn0.weight', { shape: [32], data: new Float32Array(32) }]]);
  const before = tf.memory().numTensors;
  expect(() => loadAllWeights(stateDict, backbone.definitions, 'some.pth')).toThrow(/some.pth does not fit/);
  expect(tf.memory().numTensors).toBe(before);
});
