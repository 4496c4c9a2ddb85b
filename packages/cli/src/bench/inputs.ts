import type { View } from '@sed/augment';
import { randomStream } from '@sed/geometry';

/** What a timed step sees; the same for a seed and a size, whatever runs it. */
export interface BenchInputs {
  readonly labeled: readonly View[];
  readonly weak: readonly View[];
  /** `weak` with some noise: the geometry is the same. */
  readonly strong: readonly View[];
}

/** Boxes an image, as in the PyTorch peer. */
const BOXES = 8;

/**
 * Noise images with eight boxes each: corners uniform in the upper left 60 %, sides 16 pixels to 16 + 30 % of the
 * image, classes 0 and 1. Random weights on noise cost what trained weights on photographs cost: all shapes are the
 * same.
 */
export function benchInputs(settings: {
  size: number;
  labeled: number;
  unlabeled: number;
  classes: number;
  seed?: number;
}): BenchInputs {
  const { size, labeled, unlabeled, classes, seed = 1 } = settings;
  const weak = Array.from({ length: unlabeled }, (_, i) => noiseView(size, seed, 'weak', i, 0, classes));
  return {
    labeled: Array.from({ length: labeled }, (_, i) => noiseView(size, seed, 'labeled', i, BOXES, classes)),
    weak,
    strong: weak.map((view, i) => ({ ...view, pixels: brighter(view.pixels, randomStream(seed, 'strong', i).next) })),
  };
}

function noiseView(size: number, seed: number, stream: string, index: number, boxes: number, classes: number): View {
  const random = randomStream(seed, stream, index).next;
  const pixels = Uint8Array.from({ length: size * size * 3 }, () => Math.floor(random() * 256));
  const corners = new Float32Array(boxes * 4);
  const labels = new Int32Array(boxes);
  for (let i = 0; i < boxes; i++) {
    const x = random() * size * 0.6;
    const y = random() * size * 0.6;
    corners.set([x, y, x + 16 + random() * size * 0.3, y + 16 + random() * size * 0.3], 4 * i);
    labels[i] = Math.floor(random() * Math.min(2, classes));
  }
  return { pixels, width: size, height: size, boxes: corners, labels, geometry: [1, 0, 0, 0, 1, 0] };
}

function brighter(pixels: Uint8Array, random: () => number): Uint8Array {
  return pixels.map((v) => Math.min(255, v + Math.floor(random() * 26)));
}
