/** Weights of files into a detector's tensors and back, and what is said of those that do not fit. */
import * as tf from '@tensorflow/tfjs';
import { expectClose, expectNoLeak, onEveryBackend } from '@sed/testing';
import type { ParameterSpec } from '../types.ts';
import { describeReport, fromTfjs, loadAllWeights, replaceWeights } from './index.ts';
import { toTfjs } from './load.ts';
import { namesInFiles } from './names.ts';
import { readTorch } from '../testing/read-torch.ts';
import type { StateDict } from './index.ts';
import { readFileSync } from 'node:fs';

const spec = (name: string, layout: ParameterSpec['layout'], shape: number[]): ParameterSpec => ({
  name,
  layout,
  shape,
  trainable: true,
  buffer: false,
});
const counting = (...shape: number[]): { shape: number[]; data: Float32Array } => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i + 1),
});

const specs = [
  spec('conv.weight', 'convolution', [2, 3, 4, 5]),
  spec('conv.bias', 'plain', [5]),
  spec('dw.weight', 'depthwise', [3, 3, 2, 1]),
  spec('fc.weight', 'linear', [4, 6]),
];
const state = (): StateDict =>
  new Map([
    ['conv.weight', counting(5, 4, 2, 3)],
    ['conv.bias', counting(5)],
    ['dw.weight', counting(2, 1, 3, 3)],
    ['fc.weight', counting(6, 4)],
  ]);

onEveryBackend('weights in memory', () => {
  test('torch’s layouts become tfjs’, value by value', () => {
    tf.tidy(() => {
      const { tensors, report } = expectNoLeak(() => toTfjs(state(), specs), 4);
      expect(report).toEqual({ loaded: specs.map((s) => s.name), missing: [], mismatched: [], unexpected: [] });
      const valueAt = (name: string, ...index: number[]): number =>
        tensors
          .get(name)!
          .bufferSync()
          .get(...index);
      for (let o = 0; o < 5; o++) {
        for (let i = 0; i < 4; i++) {
          for (let y = 0; y < 2; y++) {
            for (let x = 0; x < 3; x++)
              expect(valueAt('conv.weight', y, x, i, o)).toBe(((o * 4 + i) * 2 + y) * 3 + x + 1);
          }
        }
      }
      for (let c = 0; c < 2; c++) {
        for (let y = 0; y < 3; y++)
          for (let x = 0; x < 3; x++) expect(valueAt('dw.weight', y, x, c, 0)).toBe((c * 3 + y) * 3 + x + 1);
      }
      for (let o = 0; o < 6; o++) for (let i = 0; i < 4; i++) expect(valueAt('fc.weight', i, o)).toBe(o * 4 + i + 1);
    });
  });

  test('and back', () => {
    const { tensors } = toTfjs(state(), specs);
    const back = expectNoLeak(() => fromTfjs(tensors, specs), 0);
    expect(back).toEqual(state());
    expect([...back.keys()]).toEqual(specs.map((s) => s.name));
    const whole = tf.tensor1d([1, 2], 'int32');
    const { data } = fromTfjs(new Map([['whole', whole]]), [spec('whole', 'plain', [2])]).get('whole')!;
    expect(data).toEqual(Float32Array.of(1, 2));
    whole.dispose();
    tensors.get('fc.weight')!.dispose();
    tensors.delete('fc.weight');
    expect(() => fromTfjs(tensors, specs)).toThrow(/'fc\.weight' is missing/);
    expect(() => fromTfjs(tensors, [spec('conv.bias', 'plain', [4])])).toThrow(/'conv\.bias' has shape \[5\].*\[4\]/);
    tf.dispose([...tensors.values()]);
  });

  test('a convolution from torch gives torch’s result', () => {
    // conv2d by hand: one output pixel is the sum of products of a whole kernel
    const weight = counting(1, 2, 2, 2);
    const { tensors } = toTfjs(new Map([['w', weight]]), [spec('w', 'convolution', [2, 2, 2, 1])]);
    const channelsFirst = [1, 2, 3, 4, 5, 6, 7, 8]; // [2, 2, 2]
    const expected = channelsFirst.reduce((sum, x, i) => sum + x * weight.data[i]!, 0);
    tf.tidy(() => {
      const image = tf.transpose<tf.Tensor4D>(tf.tensor(channelsFirst, [1, 2, 2, 2]), [0, 2, 3, 1]);
      expectClose(tf.conv2d(image, tensors.get('w') as tf.Tensor4D, 1, 'valid').dataSync(), [expected]);
    });
    tf.dispose([...tensors.values()]);
  });

  test('what does not fit is reported, what is fresh stays', () => {
    const file = state();
    file.delete('conv.bias');
    file.set('head.cls_logits.weight', counting(91, 4, 1, 1));
    file.set('extra', counting(1));
    file.set('bn.num_batches_tracked', { shape: [], data: new BigInt64Array(1) });
    const all = [...specs, spec('head.cls_logits.weight', 'convolution', [1, 1, 4, 3])];
    const fresh = new Map(all.map((s) => [s.name, tf.ones([...s.shape])]));
    const bias = fresh.get('conv.bias')!;
    const report = expectNoLeak(() => replaceWeights(fresh, file, all), 0);
    expect(report).toEqual({
      loaded: ['conv.weight', 'dw.weight', 'fc.weight'],
      missing: ['conv.bias'],
      mismatched: [{ name: 'head.cls_logits.weight', found: [91, 4, 1, 1], expected: [3, 4, 1, 1] }],
      unexpected: ['extra'],
    });
    expect(describeReport(report)).toEqual([
      'head.cls_logits.weight ([91, 4, 1, 1] in the file, [3, 4, 1, 1] needed) has another shape: the class head is for other classes and starts fresh.',
      "The file does not have 'conv.bias'.",
      "The file has 'extra', of no use here.",
    ]);
    expect(fresh.get('conv.bias')).toBe(bias);
    expect(fresh.get('fc.weight')!.dataSync()[1]).toBe(5);
    expect(() => replaceWeights(fresh, new Map([['a', counting(1)]]), all, 'x.pth')).toThrow(
      /x\.pth has no weight of this detector\. It has 'a'/,
    );
    expect(
      expectNoLeak(() => {
        try {
          return loadAllWeights(file, all, 'x.safetensors');
        } catch (error) {
          return (error as Error).message;
        }
      }, 0),
    ).toMatch(/x\.safetensors does not fit the detector: .*cls_logits.*'conv\.bias'/);
    tf.dispose([...fresh.values()]);
    const complete = expectNoLeak(() => loadAllWeights(state(), specs), 4);
    tf.dispose([...complete.values()]);
  });

  test('DataParallel’s prefix, and a backbone’s file for a whole detector', () => {
    const bytes = new Uint8Array(readFileSync(new URL('./fixtures/parallel.pth', import.meta.url)));
    const { tensors, report } = toTfjs(readTorch(bytes), [
      spec('0.bias', 'plain', [3]),
      spec('backbone.body.1.weight', 'plain', [3]),
    ]);
    expect(report.loaded).toEqual(['0.bias', 'backbone.body.1.weight']);
    tf.dispose([...tensors.values()]);
  });

  test('the file’s memory is its own', () => {
    const file = state();
    const { tensors } = toTfjs(file, specs);
    file.get('conv.bias')!.data.fill(0 as never);
    expectClose(tensors.get('conv.bias')!.dataSync(), [1, 2, 3, 4, 5]);
    tf.dispose([...tensors.values()]);
  });
});

test('names of torchvision before 0.13', () => {
  expect(namesInFiles('head.classification_head.conv.3.0.weight')).toEqual([
    'head.classification_head.conv.3.0.weight',
    'head.classification_head.conv.6.weight',
  ]);
  expect(namesInFiles('head.regression_head.conv.0.0.bias')[1]).toBe('head.regression_head.conv.0.bias');
  expect(namesInFiles('backbone.fpn.inner_blocks.2.0.weight')).toEqual([
    'backbone.fpn.inner_blocks.2.0.weight',
    'backbone.fpn.inner_blocks.2.weight',
  ]);
  expect(namesInFiles('backbone.fpn.layer_blocks.0.0.bias')[1]).toBe('backbone.fpn.layer_blocks.0.bias');
  expect(namesInFiles('rpn.head.conv.0.0.weight')[1]).toBe('rpn.head.conv.weight');
  expect(namesInFiles('backbone.body.layer1.0.conv1.weight')).toEqual([
    'backbone.body.layer1.0.conv1.weight',
    'layer1.0.conv1.weight',
  ]);
  expect(namesInFiles('head.classification_head.cls_logits.weight')).toEqual([
    'head.classification_head.cls_logits.weight',
  ]);
});
