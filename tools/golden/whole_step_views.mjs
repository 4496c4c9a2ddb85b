/**
 * What the loader gives to the runs of `whole-step.test.ts`, for whole_step.py. Needs the packages built
 * (`npx tsc -b`).
 *
 *     node tools/golden/whole_step_views.mjs FOLDER
 *
 * Writes for each run `FOLDER/{run}.json`: its complete config, and for each step the shift s and of each image the
 * kind of view, its size, boxes and labels; and `FOLDER/{run}.bin`: the pixels of all views in that order, bytes of
 * RGB.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const require = createRequire(new URL('../../packages/integration/package.json', import.meta.url));
const built = (name) => import(pathToFileURL(require.resolve(name)).href);
const { parseConfig } = await built('@sed/trainer');
const { createLoader, openData } = await built('@sed/trainer/data');
const { randomStream } = await built('@sed/geometry');
const { wholeStepConfig, writeWholeStepData } = await import(
  new URL('../../packages/integration/dist/testing/whole-step-runs.js', import.meta.url).href
);

const folder = resolve(process.argv[2]);
mkdirSync(folder, { recursive: true });
writeWholeStepData(folder);
for (const run of ['retinanet', 'faster-rcnn']) {
  const config = parseConfig(wholeStepConfig(run, folder, null));
  const steps = [];
  const pixels = [];
  for await (const { step, labeled, unlabeled } of createLoader(config, await openData(config)).steps(0)) {
    const described = (views) =>
      views.map((view) => {
        pixels.push(view.pixels);
        const { width, height } = view;
        return { width, height, boxes: [...view.boxes], labels: [...view.labels] };
      });
    steps.push({
      shift: 1 + randomStream(config.seed, 'shift', step).integer(config.method.maxShift),
      labeled: described(labeled.views.image),
      weak: described(unlabeled?.views.weak ?? []),
      strong: described(unlabeled?.views.strong ?? []),
    });
  }
  writeFileSync(join(folder, `${run}.json`), JSON.stringify({ config, steps }));
  writeFileSync(join(folder, `${run}.bin`), Buffer.concat(pixels));
}
