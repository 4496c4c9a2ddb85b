/** From ground truth to what every anchor of a batch should say, on the host. */
import { encodeDeltas } from '@sed/geometry';
import type { Predictions, Target } from '../types.ts';
import { BACKGROUND, IGNORED, matchAnchors, type MatchingSettings } from './matcher.ts';

/** Rows are ordered as the rows of all levels: level, image, y, x, anchor. */
export interface AnchorTargets {
  /** Class of each row, -1 where there is no object. `[N]` */
  readonly labels: Int32Array;
  /** Weight of each row in the classification loss: 0 for ignored rows. `[N]` */
  readonly classificationWeights: Float32Array;
  /** `[N · 4]`, zeros where there is no object. */
  readonly deltas: Float32Array;
  /** Weight of each row in the regression loss: 0 for rows without an object. `[N]` */
  readonly regressionWeights: Float32Array;
  /** Matched anchors of each image. */
  readonly positives: readonly number[];
}

/**
 * @param levels anchors of each level, `[n · 4]`, the same for every image
 * @param targets one an image; images without objects are all background
 * @param normalizer see `RetinaNetSettings.loss`
 * @throws for a box without area and for a label that is not a class; names image and box
 */
export function assignTargets(
  levels: readonly Float32Array[],
  targets: readonly Target[],
  classes: number,
  matching: MatchingSettings,
  normalizer: 'image' | 'batch',
): AnchorTargets {
  const batch = targets.length;
  const perImage = levels.reduce((sum, level) => sum + level.length / 4, 0);
  const all = new Float32Array(4 * perImage);
  levels.reduce((at, level) => (all.set(level, at), at + level.length), 0);

  const labels = new Int32Array(batch * perImage).fill(-1);
  const classificationWeights = new Float32Array(batch * perImage);
  const regressionWeights = new Float32Array(batch * perImage);
  const deltas = new Float32Array(4 * batch * perImage);
  const positives: number[] = [];

  const matched = targets.map((target, b) => {
    checkTarget(target, b, classes);
    const matches = matchAnchors(all, target.boxes, matching);
    positives.push(matches.reduce((count, match) => count + (match >= 0 ? 1 : 0), 0));
    return matches;
  });
  const total = positives.reduce((a, b) => a + b, 0);

  targets.forEach((target, b) => {
    const matches = matched[b]!;
    const weight = normalizer === 'batch' ? 1 / Math.max(1, total) : 1 / (Math.max(1, positives[b]!) * batch);
    const rows: number[] = [];
    let inImage = 0;
    let levelStart = 0;
    for (const level of levels) {
      const count = level.length / 4;
      for (let i = 0; i < count; i++, inImage++) {
        const match = matches[inImage]!;
        const row = levelStart + b * count + i;
        if (match !== IGNORED) classificationWeights[row] = weight;
        if (match === BACKGROUND || match === IGNORED) continue;
        labels[row] = target.labels[match]!;
        regressionWeights[row] = weight;
        rows.push(row, inImage, match);
      }
      levelStart += batch * count;
    }
    const boxes = new Float32Array((4 * rows.length) / 3);
    const anchors = new Float32Array(boxes.length);
    for (let k = 0; k < rows.length / 3; k++) {
      const anchor = 4 * rows[3 * k + 1]!;
      const box = 4 * rows[3 * k + 2]!;
      anchors.set(all.subarray(anchor, anchor + 4), 4 * k);
      boxes.set(target.boxes.subarray(box, box + 4), 4 * k);
    }
    const encoded = encodeDeltas(boxes, anchors);
    for (let k = 0; k < rows.length / 3; k++) deltas.set(encoded.subarray(4 * k, 4 * k + 4), 4 * rows[3 * k]!);
  });
  return { labels, classificationWeights, deltas, regressionWeights, positives };
}

/**
 * @param caller whose targets they are, for the message
 * @throws for targets that are not one an image of the batch
 */
export function checkTargetCount(caller: string, targets: readonly Target[], batch: number): void {
  if (targets.length === batch) return;
  throw new Error(`${caller}: ${targets.length} targets for ${batch} images; give one an image.`);
}

/**
 * @param rows those that targets were assigned to
 * @throws where the forward pass has other rows
 */
export function checkAssignedRows(rows: number, { logits }: Predictions): void {
  if (rows === logits.shape[0]) return;
  throw new Error(
    `losses: the targets were assigned to ${rows} rows and the forward pass has ${logits.shape[0]}; pass what assign gave for a batch of this size.`,
  );
}

/** @throws for a target that is not one; names image and box */
export function checkTarget({ boxes, labels }: Target, image: number, classes: number): void {
  if (boxes.length !== 4 * labels.length) {
    throw new Error(
      `Target of image ${image} has ${boxes.length} box values for ${labels.length} labels; it needs four each.`,
    );
  }
  labels.forEach((label, i) => {
    const [x1, y1, x2, y2] = boxes.subarray(4 * i, 4 * i + 4) as unknown as [number, number, number, number];
    if (!(x2 > x1 && y2 > y1)) {
      throw new Error(
        `Target of image ${image}: box ${i} is [${x1}, ${y1}, ${x2}, ${y2}]; it needs x1 < x2 and y1 < y2. Drop boxes without area.`,
      );
    }
    if (!(label >= 0 && label < classes)) {
      throw new Error(
        `Target of image ${image}: label ${i} is ${label}; the detector has classes 0 to ${classes - 1}.`,
      );
    }
  });
}
