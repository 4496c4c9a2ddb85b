import { show, type Problems } from '../problems.ts';
import { decimalOf } from '../sources/decimal.ts';
import type { ImageSize } from '../image/decode.ts';
import type { Annotation } from '../types.ts';

/** A row of a label file. Its box is not yet compared with the image. */
export interface YoloObject {
  readonly at: string;
  readonly category: number;
  /** `x y w h` in pixels. */
  readonly bbox: Annotation['bbox'];
  /** Four corners that are no upright box, as oriented boxes (YOLO-OBB) have them. */
  readonly slanted: boolean;
}

/** How far a number may leave 0..1: Ultralytics' own tolerance, for rounding. */
const TOLERANCE = 0.01;

const ROW = 'a row is: class, x and y of the center, width, height, as parts of the image from 0 to 1';

/**
 * Reads the rows of a label file: `class cx cy w h` as parts of the image's size, or `class x1 y1 x2 y2 x3 y3 …`, a
 * polygon (of three points or more; oriented boxes have four), whose box is taken. Rows of a pose data set have
 * `keypointValues` numbers more. A row that is there twice counts once. These are the rules of Ultralytics
 * (`verify_image_label`), but that a row is judged by itself: there, one wrong row leaves out the image, and so do
 * polygons and boxes in one file.
 *
 * @param notes gets the rows that are there twice
 */
export function readLabels(
  text: string,
  file: string,
  classes: number,
  keypointValues: number,
  size: ImageSize,
  problems: Problems,
  notes: Problems,
): YoloObject[] {
  const objects: YoloObject[] = [];
  const firstLine = new Map<string, number>();
  for (const [i, line] of text.split(/\r\n|\n|\r/).entries()) {
    if (line.trim() === '') continue;
    const at = `line ${i + 1}`;
    const fault = (found: string, kind: string, advice: string): undefined => {
      problems.add({ file, at, found, kind, advice, skips: 'annotation' });
      problems.leaveOut('annotations');
    };
    const object = readRow(line.trim(), at, classes, keypointValues, size, fault);
    if (object === undefined) continue;
    if (object.slanted) {
      notes.add({
        file,
        at,
        found: `four corners of a box that is not upright: ${show(line.trim())}`,
        kind: 'oriented boxes',
        advice: 'the upright box around each is taken, as of any polygon; it may be much larger than its object',
        skips: 'nothing',
      });
    }
    const key = line.trim().split(/\s+/).map(Number).join(' ');
    const earlier = firstLine.get(key);
    if (earlier === undefined) {
      firstLine.set(key, i + 1);
      objects.push(object);
    } else {
      const found = `the same object as line ${earlier}`;
      const advice = 'it counts once, as in Ultralytics';
      notes.add({ file, at, found, kind: 'rows that are there twice', advice, skips: 'annotation' });
    }
  }
  return objects;
}

type Fault = (found: string, kind: string, advice: string) => undefined;

function readRow(
  line: string,
  at: string,
  classes: number,
  keypointValues: number,
  size: ImageSize,
  fault: Fault,
): YoloObject | undefined {
  const columns = line.split(/\s+/);
  const first = columns[0] as string;
  const isBox = columns.length === 5 || (keypointValues > 0 && columns.length === 5 + keypointValues);
  const isPolygon = keypointValues === 0 && columns.length >= 7 && columns.length % 2 === 1;
  if (!isBox && !isPolygon) {
    const advice =
      columns.length === 6
        ? `${ROW}; a sixth number is the score of a detection, which labels do not have`
        : `${ROW}; a polygon has three points or more`;
    return fault(`found ${columns.length} columns: ${show(line)}`, 'rows with a wrong number of columns', advice);
  }
  const category = decimalOf(first);
  if (category === undefined || !Number.isInteger(category) || category < 0) {
    return fault(
      `class ${show(first)} is no whole number from 0 on`,
      'classes that are no numbers',
      'classes are numbers from 0, names are in the yaml',
    );
  }
  if (category >= classes) {
    return fault(
      `class ${category}, but the yaml has ${classes} names (0 to ${classes - 1})`,
      'classes without a name',
      'classes count from 0: add the name to the yaml, or correct the labels',
    );
  }
  const values: number[] = [];
  for (const text of isBox ? columns.slice(1, 5) : columns.slice(1)) {
    const value = decimalOf(text);
    if (value === undefined)
      return fault(`${show(text)} is no number: ${show(line)}`, 'values that are no numbers', ROW);
    if (value > 1 + TOLERANCE || value < -TOLERANCE) {
      const advice = value > 2 ? `${ROW}; these look like pixels: divide by the size of the image` : ROW;
      return fault(`${text} is not between 0 and 1: ${show(line)}`, 'values outside of 0 to 1', advice);
    }
    values.push(value);
  }
  const bbox = isBox ? ofCenter(values, size) : ofPolygon(values, size);
  return { at, category, bbox, slanted: !isBox && isSlanted(values, bbox, size) };
}

/** Pixels by which the corners of an upright box may be off: rounding. */
const UPRIGHT = 0.5;

/** Whether these are four corners, not all of them corners of the upright box around them. */
function isSlanted(values: readonly number[], [x, y, w, h]: Annotation['bbox'], { width, height }: ImageSize): boolean {
  if (values.length !== 8) return false;
  const near = (value: number, from: number, size: number) =>
    Math.min(Math.abs(value - from), Math.abs(value - from - size)) <= UPRIGHT;
  return values.some((value, i) => (i % 2 === 0 ? !near(value * width, x, w) : !near(value * height, y, h)));
}

function ofCenter(values: readonly number[], { width, height }: ImageSize): Annotation['bbox'] {
  const [cx, cy, w, h] = values as [number, number, number, number];
  return [(cx - w / 2) * width, (cy - h / 2) * height, w * width, h * height];
}

function ofPolygon(values: readonly number[], { width, height }: ImageSize): Annotation['bbox'] {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  values.forEach((value, i) => {
    if (i % 2 === 0) [left, right] = [Math.min(left, value), Math.max(right, value)];
    else [top, bottom] = [Math.min(top, value), Math.max(bottom, value)];
  });
  return [left * width, top * height, (right - left) * width, (bottom - top) * height];
}
