import { createRequire } from 'node:module';
import type { PreparedBackend } from '@sed/runtime';

/** What the `start` row records: enough to set up the same again. */
export async function versions(backend: PreparedBackend): Promise<Record<string, string>> {
  const require = createRequire(import.meta.url);
  const tf = await import('@tensorflow/tfjs-core');
  const { version } = require('../../package.json') as { version: string };
  return {
    node: process.version,
    '@sed/cli': version,
    '@tensorflow/tfjs-core': tf.version_core,
    ...(backend.tensorflow === undefined ? {} : { tensorflow: backend.tensorflow }),
  };
}
