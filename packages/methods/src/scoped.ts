import { engine } from '@tensorflow/tfjs-core';

/**
 * Runs `body` and disposes of all tensors it made but those it kept (`tf.keep`). Unlike `tf.tidy`, it returns anything.
 */
export function scoped<T>(body: () => T): T {
  engine().startScope();
  try {
    return body();
  } finally {
    engine().endScope();
  }
}

/** The same for a `body` that waits. Nothing else may make tensors meanwhile: they would be taken for its own. */
export async function scopedAsync<T>(body: () => Promise<T>): Promise<T> {
  engine().startScope();
  try {
    return await body();
  } finally {
    engine().endScope();
  }
}
