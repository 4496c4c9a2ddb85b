/** The libraries must run unchanged in a browser: each bundles for one, with nothing of Node in it. */
import { build } from 'esbuild';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

async function bundle(name: string): Promise<{ text: string; inputs: string[] }> {
  const result = await build({
    entryPoints: [join(packages, name, 'src', 'index.ts')],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'browser',
    format: 'esm',
    conditions: ['@sed/source'],
    external: ['@tensorflow/tfjs-core'],
    logLevel: 'silent',
  });
  return { text: result.outputFiles[0]!.text, inputs: Object.keys(result.metafile.inputs) };
}

test.each(['geometry', 'tensor-ops', 'losses-sed', 'teacher-ema', 'detectors', 'augment'])(
  '%s bundles for a browser',
  async (name) => {
    const { text, inputs } = await bundle(name);
    expect(inputs.length).toBeGreaterThan(1);
    expect(text).not.toMatch(/\bfrom\s*["']node:/);
    expect(text).not.toMatch(/\bprocess\.(env|versions|platform)\b/);
    expect(text).not.toMatch(/\bBuffer\.(from|alloc)\b/);
  },
);

test('the check can fail: datasets-coco needs Node and does not bundle', async () => {
  await expect(bundle('datasets-coco')).rejects.toThrow(/Could not resolve|No matching export|node:/);
});
