/** Anchors at torchvision's steps, ⌊image / grid⌋, or at the powers of two. */
import * as tf from '@tensorflow/tfjs';
import { onEveryBackend } from '@sed/testing';
import { createRetinaNet } from './retinanet.ts';
import { lite0RetinaNet } from './settings.ts';

onEveryBackend(
  'a batch of 160 x 96 pixels',
  () => {
    test('steps are derived only where that is asked for', () => {
      const base = lite0RetinaNet(1);
      const narrow = { ...base, fpn: { ...base.fpn, channels: 4 }, head: { ...base.head, depth: 1, channels: 4 } };
      const pixels = tf.zeros<tf.Rank.R4>([1, 96, 160, 3]);
      const weights = createRetinaNet(narrow).initialize(1);
      const stepsOf = (strides: 'fixed' | 'derived' | undefined) => {
        const detector = createRetinaNet({ ...narrow, anchors: { ...base.anchors, ...(strides ? { strides } : {}) } });
        const { levels } = detector.forward(weights, { pixels, sizes: [{ width: 160, height: 96 }] });
        const steps = levels.map((level) => level.steps ?? level.stride);
        tf.dispose(levels.flatMap(({ logits, deltas }) => [logits, deltas]));
        return steps;
      };
      expect(stepsOf('derived')).toEqual([
        { x: 8, y: 8 },
        { x: 16, y: 16 },
        { x: 32, y: 32 },
        { x: 53, y: 48 }, // 160 / 3 and 96 / 2 cells of P6, whose stride is 64
        { x: 80, y: 96 },
      ]);
      expect(stepsOf('fixed')).toEqual([8, 16, 32, 64, 128]);
      expect(stepsOf(undefined)).toEqual([8, 16, 32, 64, 128]);
      tf.dispose([pixels, ...weights.values()]);
    });
  },
  ['wasm'],
);
