/**
 * Rotated boxes. CVAT's COCO and VOC exports write the box as it was before it was turned, and how far in an attribute
 * `rotation`; no reader of either format takes the attribute in, so that the box lies across its object.
 */
import type { Problem } from '../problems.ts';
import { isObject, type Fields } from './faults.ts';

/** Less than this is what a hand at the mouse leaves, in degrees. */
const TOLERANCE = 0.5;

/** How far a box is turned, in degrees; 0 where the upright box is right, which half a turn is too. */
export function rotationOf({ attributes, rotation }: Fields): number {
  return turned(rotation ?? (isObject(attributes) ? attributes['rotation'] : undefined));
}

/** @param value degrees, as a number or its text */
export function turned(value: unknown): number {
  const degrees = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof degrees !== 'number' || !Number.isFinite(degrees)) return 0;
  const beyond = Math.abs(degrees % 180);
  return Math.min(beyond, 180 - beyond) < TOLERANCE ? 0 : degrees;
}

/** @param found what the file says, with its unit */
export const rotatedBox = (at: string, found: string): Omit<Problem, 'file'> => ({
  at,
  found,
  kind: 'rotated boxes',
  advice:
    'only upright boxes are used: this one is taken as the file has it before it is turned, so it may miss its object; ' +
    'export upright boxes (the smallest ones around the rotated), or polygons',
  skips: 'nothing',
});
