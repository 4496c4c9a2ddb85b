/** From a config to a detector, and the checks of how images fit into it. */
import type { Dataset } from '@sed/datasets-coco';
import {
  createFasterRcnn,
  createRetinaNet,
  fasterRcnnFacts,
  retinaNetFacts,
  type ArchitectureFacts,
  type Detector,
} from '@sed/detectors';
import type { RunConfig } from '../config/schema.ts';

/** What is known of a kind of detector before there is one. */
export const DETECTOR_FACTS: Readonly<Record<RunConfig['detector']['kind'], ArchitectureFacts>> = {
  retinanet: retinaNetFacts,
  'faster-rcnn': fasterRcnnFacts,
};

/** @throws Error that names the setting, for one that no detector can have */
export function createDetector({ detector }: RunConfig, classes: number): Detector {
  if (detector.kind === 'faster-rcnn') {
    const { backbone, fpn, initialization, anchors, rpn, roi, boxes, detection } = detector;
    return createFasterRcnn({ classes, backbone, fpn, initialization, anchors, rpn, roi, boxes, detection });
  }
  const { backbone, fpn, head, initialization, anchors, matching, loss, detection } = detector;
  return createRetinaNet({ classes, backbone, fpn, head, initialization, anchors, matching, loss, detection });
}

/**
 * Checks that the views of training fit the canvas, before a step finds out. Tests take other canvases where they need
 * them.
 * @throws Error that names the setting and a size that would work
 */
export function checkCanvas(config: RunConfig, multiple: number, datasets: readonly Dataset[]): void {
  const { canvas, resize } = config.input;
  if (canvas === null) return;
  const up = (side: number) => Math.ceil(side / multiple) * multiple;
  if (canvas.width % multiple !== 0 || canvas.height % multiple !== 0) {
    throw new Error(
      `"input.canvas" is ${canvas.width}x${canvas.height}; its sides must be multiples of ${multiple}, e.g. ${up(canvas.width)}x${up(canvas.height)}.`,
    );
  }
  for (const { width, height, path } of datasets.flatMap((d) => d.images)) {
    if (width === undefined || height === undefined) continue;
    const [longest, shortest] = [Math.max(width, height), Math.min(width, height)];
    for (const { name, short, long } of largestSizes(resize)) {
      const factor = Math.min(short / shortest, long / longest);
      const [w, h] = [Math.round(width * factor), Math.round(height * factor)];
      if (w <= canvas.width && h <= canvas.height) continue;
      throw new Error(
        `"input.canvas" is ${canvas.width}x${canvas.height}, but ${path} (${width}x${height}) becomes ${w}x${h} under ${name}. ` +
          `Take a canvas of at least ${up(Math.max(w, canvas.width))}x${up(Math.max(h, canvas.height))}, or null.`,
      );
    }
  }
}

/** The largest frames that training resizes to, and the setting that says so. */
function largestSizes(resize: RunConfig['input']['resize']): { name: string; short: number; long: number }[] {
  if (resize.kind === 'fit') {
    const { short, long, scale } = resize;
    const most = Math.max(1, scale[1]);
    const name = most > 1 ? `"input.resize.scale" ${most}` : '"input.resize"';
    return [{ name, short: short * most, long: long * most }];
  }
  const { short, long } = resize;
  return [{ name: `"input.resize.short" ${short[1]}`, short: short[1], long }];
}
