/** Detections on their way into a file. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { CocoDetection } from '@sed/datasets-coco';

/** A thousandth of a pixel, and the seven digits of a float: metrics of the file are those of the run. */
export function rounded(d: CocoDetection): CocoDetection {
  const [x, y, w, h] = d.bbox.map((v) => Math.round(v * 1000) / 1000) as [number, number, number, number];
  return {
    image_id: d.image_id,
    category_id: d.category_id,
    bbox: [x, y, w, h],
    score: Number(d.score.toPrecision(7)),
  };
}

/** Whole or not at all. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const aside = `${path}.${process.pid}.tmp`;
  await writeFile(aside, `${JSON.stringify(value)}\n`);
  await rename(aside, path);
}
