import type { Annotation, ImageRecord } from '../types.ts';
import { show, type Problems } from '../problems.ts';

/** What becomes of boxes that are not whole boxes inside their image; see {@link LoadCocoOptions.degenerate}. */
export type BoxPolicy = 'error' | 'drop' | 'keep';

/** How far a box may stick out before it counts as outside: annotation tools round. */
const TOLERANCE = 1;

const DROP = "mend them, or pass degenerate: 'drop' to leave them out (boxes partly outside are cut to the image)";

const DROPPED = 'they are left out, as other kits do; mend them if there should be an object';

/**
 * Checks one `bbox`. Gives the box to use, `'dropped'` where the policy leaves it out, or undefined where a problem was
 * noted. What is no box at all (not four finite numbers) is a problem under each policy.
 *
 * @param notes gets what policy `drop` leaves out or cuts
 */
export function checkBox(
  value: unknown,
  image: Pick<ImageRecord, 'id' | 'width' | 'height' | 'fileName'> | undefined,
  policy: BoxPolicy,
  place: { readonly file: string; readonly at: string },
  problems: Problems,
  notes?: Problems,
): { bbox: Annotation['bbox']; clipped: boolean } | 'dropped' | undefined {
  if (!Array.isArray(value) || value.length !== 4) {
    problems.add({
      file: place.file,
      at: place.at,
      found: value === undefined ? 'missing' : `found ${show(value)}`,
      kind: 'boxes that are not four numbers',
      advice:
        Array.isArray(value) && value.length === 5
          ? 'bbox is [x, y, width, height] in pixels; a fifth number is the angle of a rotated box, which is not used: export upright boxes'
          : 'bbox is [x, y, width, height] in pixels',
      skips: 'annotation',
    });
    return undefined;
  }
  if (!value.every((v) => typeof v === 'number' && Number.isFinite(v))) {
    const drop = policy === 'drop' && value.every((v) => typeof v === 'number');
    (drop ? notes : problems)?.add({
      file: place.file,
      at: place.at,
      found: `found [${value.map(show).join(',')}]`,
      kind: 'boxes with values that are no finite numbers',
      advice: 'bbox is [x, y, width, height] in pixels',
      skips: 'annotation',
    });
    return drop ? 'dropped' : undefined;
  }
  const [x, y, w, h] = value as [number, number, number, number];
  const bbox = [x, y, w, h] as const;
  if (policy === 'keep') return { bbox, clipped: false };
  if (w <= 0 || h <= 0) {
    const drop = policy === 'drop';
    (drop ? notes : problems)?.add({
      file: place.file,
      at: place.at,
      found: `found ${show(value)}: ${w <= 0 ? `width ${w}` : `height ${h}`}, but it must be positive`,
      kind: 'boxes of no size',
      advice: drop ? DROPPED : DROP,
      skips: 'annotation',
    });
    return drop ? 'dropped' : undefined;
  }
  const { width, height } = image ?? {};
  if (width === undefined || height === undefined) return { bbox, clipped: false };
  if (x >= -TOLERANCE && y >= -TOLERANCE && x + w <= width + TOLERANCE && y + h <= height + TOLERANCE) {
    return { bbox, clipped: false };
  }
  const found = `found ${show(value)}, which leaves the ${width}x${height} image '${image?.fileName ?? ''}' (id ${image?.id ?? '?'})`;
  const looks =
    'if all are outside, look whether bbox is [x1, y1, x2, y2] or normalized, where [x, y, width, height] in pixels belongs';
  if (policy === 'drop') {
    const x1 = Math.max(0, x);
    const y1 = Math.max(0, y);
    const cutWidth = Math.min(width, x + w) - x1;
    const cutHeight = Math.min(height, y + h) - y1;
    const left = cutWidth > 0 && cutHeight > 0;
    notes?.add({
      file: place.file,
      at: place.at,
      found,
      kind: left ? 'boxes cut to their image' : 'boxes wholly outside their image',
      advice: left ? `they are cut, as other kits do; ${looks}` : `${DROPPED}; ${looks}`,
      skips: left ? 'nothing' : 'annotation',
    });
    return left ? { bbox: [x1, y1, cutWidth, cutHeight], clipped: true } : 'dropped';
  }
  const advice = `${DROP}; ${looks}`;
  problems.add({
    file: place.file,
    at: place.at,
    found,
    kind: 'boxes outside their image',
    advice,
    skips: 'annotation',
  });
  return undefined;
}
