/**
 * One image of a step made into its views. A job is plain data and its outcome a function of it alone, so that any
 * thread may do it, in any order, with the same bytes as a result.
 */
import { strongView, weakView, type StrongSettings, type View, type WeakSettings } from '@sed/augment';
import type { DecodedImage } from '@sed/datasets-coco';
import { checkSize, type StatedSize } from '@sed/datasets-coco/image';
import type { Transform, ViewPlan } from '@sed/methods';
// not the package's index: that loads tfjs, which a worker has no use for
import { randomStream } from '@sed/geometry';

/** What is the same for all jobs of a run. */
export interface ViewSettings {
  readonly seed: number;
  readonly weak: WeakSettings;
  readonly strong: StrongSettings;
}

/** One image in one place of one step. Structured clone takes it as it is. */
export interface ViewJob {
  readonly path: string;
  /** Boxes `[N, 4]` (`x1 y1 x2 y2`, pixels of the file) and class indices `[N]`. */
  readonly boxes: Float32Array;
  readonly labels: Int32Array;
  /** What its annotations say of the file; a file of another size is refused. */
  readonly expected?: { readonly id: number; readonly width?: number; readonly height?: number };
  /** Random streams are named by source and transform, the step and the place in the batch. */
  readonly source: ViewPlan['source'];
  readonly step: number;
  readonly place: number;
  /** The views that are wanted. */
  readonly chains: ViewPlan['chains'];
}

/** The views by the names of their chains, or why the file cannot be used (its message names it). */
export type ViewOutcome =
  | { readonly ok: true; readonly views: Readonly<Record<string, View>> }
  | { readonly ok: false; readonly reason: string };

/** Makes the views of a job. A file that cannot be used is an outcome; settings that make no sense are errors. */
export async function makeViews(
  job: ViewJob,
  settings: ViewSettings,
  decode: (path: string) => Promise<DecodedImage>,
): Promise<ViewOutcome> {
  const { path, expected, boxes, labels, step, place } = job;
  let image: DecodedImage;
  try {
    image = await decode(path);
    if (expected) checkSize({ path, annotations: bboxesOf(boxes), ...expected }, image);
  } catch (error) {
    return { ok: false, reason: (error as Error).message };
  }
  const draws = (transform: Transform) => randomStream(settings.seed, `${job.source}-${transform}`, step, place).next;
  const weak = weakView(image, { boxes, labels }, settings.weak, draws('weak'));
  const isStrong = (chain: readonly Transform[]) => chain.includes('strong');
  const strong = Object.values(job.chains).some(isStrong)
    ? strongView(weak, settings.strong, draws('strong'))
    : undefined;
  const views = Object.entries(job.chains).map(([name, chain]) => [name, isStrong(chain) ? strong! : weak]);
  return { ok: true, views: Object.fromEntries(views) as Record<string, View> };
}

/** Corners as COCO's `x y w h`, which tell which way a picture is turned. */
function bboxesOf(corners: Float32Array): StatedSize['annotations'] {
  return Array.from({ length: corners.length / 4 }, (_, i) => {
    const [x1, y1, x2, y2] = corners.subarray(4 * i, 4 * i + 4) as unknown as [number, number, number, number];
    return { bbox: [x1, y1, x2 - x1, y2 - y1] };
  });
}
