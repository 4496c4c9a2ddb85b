/** The libraries must run unchanged in a browser: each entry bundles for one, with nothing of Node in it. */
import { build } from 'esbuild';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** The sources of a package's entry points, within its folder. */
function entriesOf(name: string): string[] {
  const { exports } = JSON.parse(readFileSync(join(packages, name, 'package.json'), 'utf8')) as {
    exports: Record<string, string | Record<'@sed/source', string>>;
  };
  return Object.values(exports).flatMap((entry) => (typeof entry === 'string' ? [] : [entry['@sed/source']]));
}

async function bundle(name: string, entry = 'src/index.ts'): Promise<{ text: string; inputs: string[] }> {
  const result = await build({
    entryPoints: [join(packages, name, entry)],
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

const libraries = ['geometry', 'tensor-ops', 'losses-sed', 'teacher-ema', 'detectors', 'augment', 'methods'];

test.each(libraries.flatMap((name) => entriesOf(name).map((entry) => [name, entry] as const)))(
  '%s: %s bundles for a browser',
  async (name, entry) => {
    const { text, inputs } = await bundle(name, entry);
    expect(inputs.length).toBeGreaterThan(0);
    expect(text).not.toMatch(/\bfrom\s*["']node:/);
    expect(text).not.toMatch(/\bprocess\.(env|versions|platform)\b/);
    expect(text).not.toMatch(/\bBuffer\.(from|alloc)\b/);
  },
);

test('the check can fail: datasets-coco needs Node and does not bundle', async () => {
  await expect(bundle('datasets-coco')).rejects.toThrow(/Could not resolve|No matching export|node:/);
});
