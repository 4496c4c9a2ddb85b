/** `predict` with a file of weights of a Faster R-CNN, at one size and at several. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CocoDetection } from '@sed/datasets-coco';
import { createFasterRcnn, lite0FasterRcnn } from '@sed/detectors';
import { fromTfjs, writeSafetensors } from '@sed/detectors/weights';
import { prepareBackend } from '@sed/runtime';
import { randomStream } from '@sed/geometry';
import { mergeDetections } from '@sed/trainer';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { runCli } from '../testing/run-cli.ts';

const root = mkdtempSync(join(tmpdir(), 'sed-predict-scales-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const at = { cwd: root };
const read = (name: string) => JSON.parse(readFileSync(join(root, name), 'utf8')) as CocoDetection[];
const predict = (...argv: string[]) =>
  runCli(['predict', '--model', 'fasterrcnn-efficientnet-lite0', '--images', '*.png', '--score', '0', ...argv], at);

test('classes and widths are read off the file; each scale is as on its own, and all of them merged', async () => {
  await prepareBackend({});
  const base = lite0FasterRcnn(2);
  const detector = createFasterRcnn({
    ...base,
    fpn: { ...base.fpn, channels: 8 },
    roi: { ...base.roi, hidden: 16, poolSize: 3 },
  });
  const weights = detector.initialize(1);
  writeFileSync(join(root, 'weights.safetensors'), writeSafetensors(fromTfjs(weights, detector.parameters)));
  tf.dispose([...weights.values()]);
  const noise = randomStream(1, 'noise').next;
  for (const name of ['a.png', 'b.png']) {
    const raw = { width: 100, height: 70, channels: 3 } as const;
    const pixels = Uint8Array.from({ length: 100 * 70 * 3 }, () => Math.floor(noise() * 256));
    await sharp(pixels, { raw }).toFile(join(root, name));
  }

  const file = ['--weights', 'weights.safetensors', '--classes', 'cat,dog'];
  const one = await predict(...file, '--size', '64', '--out', 'one.json', '--json');
  expect({ code: one.code, stderr: one.code === 0 ? '' : one.stderr }).toEqual({ code: 0, stderr: '' });
  const several = await predict(...file, '--scales', '64,96', '--out', 'all.json', '--json');
  const summary = JSON.parse(several.stdout) as { detections: number; scales: { scale: number; detections: number }[] };
  const [small, large, all] = [read('all.64.json'), read('all.96.json'), read('all.json')];
  expect(small.length).toBeGreaterThan(0);
  expect(small).toEqual(read('one.json'));
  expect(large).not.toEqual(small);
  expect(summary.scales.map(({ scale, detections }) => [scale, detections])).toEqual([
    [64, small.length],
    [96, large.length],
  ]);
  expect(summary.detections).toBe(all.length);
  expect(all).toEqual(mergeDetections([small, large], [{ id: 1 }, { id: 2 }]));
  // boxes end inside the files' 100 x 70 pixels
  for (const { bbox } of all) expect([bbox[0] + bbox[2] <= 100.01, bbox[1] + bbox[3] <= 70.01]).toEqual([true, true]);
  expect(all.every((d) => [1, 2].includes(d.category_id))).toBe(true);

  const table = await predict(...file, '--scales', '64,96', '--out', 'all.json');
  expect(table.stdout).toMatch(
    /short edge +detections +file\n64 .*all\.64\.json\n96 .*all\.96\.json\nmerged .*all\.json\n/,
  );

  const other = await runCli(
    ['predict', '--model', 'retinanet-efficientnet-lite0', '--images', '*.png', ...file, '--out', 'no.json'],
    at,
  );
  expect(other.code).toBe(1);
  expect(other.stderr).toMatch(/is not a whole RetinaNet .*but a Faster R-CNN \(--model\)/);
}, 240_000);
