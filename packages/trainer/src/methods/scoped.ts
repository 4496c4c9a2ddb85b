import { engine } from '@tensorflow/tfjs-core';

/** Runs `body` and disposes of all tensors it made but those it kept (`tf.keep`). Unlike `tf.tidy`, it returns anything. */
export function scoped<T>(body: () => T): T {
  engine().startScope();
  try {
    return body();
  } finally {
    engine().endScope();
  }
}
