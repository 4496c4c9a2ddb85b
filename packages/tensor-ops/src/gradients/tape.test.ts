import * as tf from '@tensorflow/tfjs';
import { expectClose, expectNoLeak, onEveryBackend } from '@sed/testing';
import { recorded, release } from './tape.ts';
import { variableGradients } from './variable-gradients.ts';

onEveryBackend('the record of a computation', () => {
  test('holds the ops and none of the clones that the engine makes for their gradients', () => {
    const w = tf.variable(tf.tensor1d([1, 2]));
    const own = tf.customGrad((x, save) => {
      (save as tf.GradSaveFunc)([x as tf.Tensor]);
      return { value: tf.square(x as tf.Tensor), gradFunc: (dy, [kept]) => tf.mul(dy, tf.mul(kept!, 2)) };
    });
    const loss = (): tf.Scalar => tf.sum(own(tf.mul(tf.exp(w), w)));
    const names = expectNoLeak(() => {
      const { value, tape } = recorded(loss);
      const kernels = tape.map(({ kernelName }) => kernelName);
      release(tape);
      value.dispose();
      return kernels;
    }, 0);
    expect(names.filter((name) => name === 'Identity')).toEqual([]);
    expect(names.filter((name) => name === 'Multiply' || name === 'Exp')).toEqual(['Exp', 'Multiply']);
    w.dispose();
  });

  test("a clone of the computation's own is recorded, and the engine is left as it was", () => {
    const w = tf.variable(tf.tensor1d([1, 2]));
    const { value, gradients } = expectNoLeak(() => variableGradients(() => tf.sum(tf.square(tf.clone(w))), [w]), 2);
    expectClose(gradients[0]!.dataSync(), [2, 4]);
    expect(() =>
      variableGradients(() => {
        throw new Error('stop');
      }, [w]),
    ).toThrow('stop');
    // what tfjs itself differentiates twice goes through its own clones
    const twice = tf.grad((x) => tf.grad((y: tf.Tensor) => tf.mul(tf.square(y), y))(x))(tf.scalar(3));
    expectClose(twice.dataSync(), [18]);
    tf.dispose([w, value, twice, gradients[0]!]);
  });
});
