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
