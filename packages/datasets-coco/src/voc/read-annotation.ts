import { parseXml, XmlElement, XmlText } from '@rgrove/parse-xml';
import type { Annotation } from '../types.ts';
import { decimalOf } from '../sources/decimal.ts';
import { rotatedBox, turned } from '../coco/rotation.ts';
import { isUnknownSize } from '../image/known-sizes.ts';
import { show, type Problem, type Problems, type Skipped } from '../problems.ts';

/** An object of a VOC annotation whose fields are what they should be. Its box is not yet compared with the image. */
export interface VocObject {
  /** `object[2]`, for messages. */
  readonly at: string;
  /** `object[2].bndbox (1, 2, 30, 40)`: with the corners as the file has them. */
  readonly atBox: string;
  readonly name: string;
  /** `x y w h`; not positive where the corners are no box. */
  readonly bbox: Annotation['bbox'];
  readonly difficult: boolean;
  readonly truncated: boolean;
}

/** What is used of a VOC annotation file. */
export interface VocAnnotation {
  readonly fileName: string | undefined;
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly objects: readonly VocObject[];
}

const SHAPE =
  'a VOC annotation is <annotation> with <filename>, <size> and one <object> an object (<name>, <bndbox>, <difficult>)';
const CORNERS = ['xmin', 'ymin', 'xmax', 'ymax'] as const;

/**
 * Reads the XML of one image. Parts of bodies (`<part>`), poses and everything else that is not used is passed over.
 * Names of elements are read in any case: tools write `<Difficult>`.
 *
 * @param file for messages
 * @returns undefined where the file as a whole cannot be used: the image is then left out
 */
export function readAnnotation(
  xml: string,
  file: string,
  problems: Problems,
  notes: Problems,
): VocAnnotation | undefined {
  const fault = (at: string, found: string, kind: string, advice: string, skips: Skipped): undefined =>
    void problems.add({ file, at, found, kind, advice, skips });
  if (xml.trim() === '') {
    return fault('', 'the file is empty', 'annotation files that are no XML', 'write or download them again', 'image');
  }
  let root: XmlElement | null;
  try {
    // Nothing is looked up: no DTD and no entity of its own is expanded.
    root = parseXml(xml).root;
  } catch (error) {
    const found =
      error instanceof RangeError
        ? 'elements are nested too deeply'
        : ((error as Error).message.split('\n')[0] as string);
    return fault('', found, 'annotation files that are no XML', 'write or download them again', 'image');
  }
  if (root?.name.toLowerCase() !== 'annotation') {
    return fault(
      '',
      `the outermost element is <${root?.name ?? ''}>`,
      'annotation files of another kind',
      SHAPE,
      'image',
    );
  }
  const size = readSize(root, fault);
  if (size === undefined) return undefined;
  const objects: VocObject[] = [];
  childrenOf(root, 'object').forEach((element, i) => {
    const note = (problem: Omit<Problem, 'file'>) => notes.add({ file, ...problem });
    const object = readObject(element, `object[${i}]`, fault, note);
    if (object === undefined) problems.leaveOut('annotations');
    else objects.push(object);
  });
  const fileName = textOf(root, 'filename');
  return { fileName: fileName === '' ? undefined : fileName, ...size, objects };
}

type Fault = (at: string, found: string, kind: string, advice: string, skips: Skipped) => undefined;

function readSize(root: XmlElement, fault: Fault): Pick<VocAnnotation, 'width' | 'height'> | undefined {
  const element = childrenOf(root, 'size')[0];
  if (element === undefined) return { width: undefined, height: undefined };
  const size: Record<string, number> = {};
  for (const key of ['width', 'height']) {
    const text = textOf(element, key);
    const value = decimalOf(text);
    if (text === undefined || text === '' || (value !== undefined && isUnknownSize(value))) continue;
    if (value === undefined || !Number.isSafeInteger(value) || value <= 0) {
      const advice =
        'width and height are the size in pixels of the image file; leave out <size>, or write 0, if it is not known';
      return fault(`size.${key}`, found(text), 'image sizes that are no positive whole numbers', advice, 'image');
    }
    size[key] = value;
  }
  return { width: size['width'], height: size['height'] };
}

function readObject(
  element: XmlElement,
  at: string,
  fault: Fault,
  note: (problem: Omit<Problem, 'file'>) => void,
): VocObject | undefined {
  const name = textOf(element, 'name');
  if (name === undefined || name === '') {
    return fault(
      `${at}.name`,
      found(name),
      'objects without a name',
      'every object needs the name of its class',
      'annotation',
    );
  }
  const boxes = childrenOf(element, 'bndbox');
  const box = boxes[0];
  const difficult = readFlag(element, 'difficult', at, fault);
  const truncated = readFlag(element, 'truncated', at, fault);
  if (difficult === undefined || truncated === undefined) return undefined;
  const rotated = box === undefined ? rotatedBoxOf(element) : undefined;
  if (rotated !== undefined) {
    note({
      at: `${at}.robndbox`,
      found: `a box turned by ${rotated.degrees.toFixed(1)} degrees`,
      kind: 'rotated boxes without an upright one',
      advice: 'the smallest upright box around each is taken, which may be much larger than its object',
      skips: 'nothing',
    });
    return { at, atBox: `${at}.robndbox`, name, bbox: rotated.bbox, difficult, truncated };
  }
  if (box === undefined || boxes.length > 1) {
    const has = childrenOf(element).map((child) => `<${child.name}>`);
    return fault(
      `${at}.bndbox`,
      box === undefined ? `missing; '${name}' has ${has.join(' ')}` : `found ${boxes.length} of them`,
      'objects without one box',
      'every object has one <bndbox>; polygons and masks alone are not read',
      'annotation',
    );
  }
  const corners: number[] = [];
  for (const corner of CORNERS) {
    const text = textOf(box, corner);
    const value = decimalOf(text);
    if (value === undefined) {
      const advice = 'xmin, ymin, xmax and ymax are pixels, the first one is 1';
      return fault(`${at}.bndbox.${corner}`, found(text), 'corners that are no numbers', advice, 'annotation');
    }
    corners.push(value);
  }
  const atBox = `${at}.bndbox (${corners.join(', ')})`;
  const rotation = attributeOf(element, 'rotation');
  if (turned(rotation) !== 0) note(rotatedBox(`${at}.attributes.rotation`, `found ${rotation} degrees`));
  const [xmin, ymin, xmax, ymax] = corners as [number, number, number, number];
  // by less than a pixel they are a thin box: corners are inclusive
  const exchanged = [xmin > xmax + 1 ? 'xmin and xmax' : '', ymin > ymax + 1 ? 'ymin and ymax' : ''].filter(Boolean);
  if (exchanged.length > 0) {
    note({
      at: atBox,
      found: `${exchanged.join(', ')} are exchanged`,
      kind: 'corners in the other order',
      advice: 'they are put in order; other kits drop such boxes: write the file again',
      skips: 'nothing',
    });
  }
  if (Math.min(xmin, ymin, xmax, ymax) === 0) {
    note({
      at: atBox,
      found: 'a corner is 0',
      kind: 'corners that count from 0',
      advice: "VOC's count from 1: if the tool counts from 0, all of its boxes are one pixel too far left and up",
      skips: 'nothing',
    });
  }
  const [left, right] = xmin > xmax + 1 ? [xmax, xmin] : [xmin, xmax];
  const [top, bottom] = ymin > ymax + 1 ? [ymax, ymin] : [ymin, ymax];
  const bbox = boxOf([left, top, right, bottom]);
  return { at, atBox, name, bbox, difficult, truncated };
}

/**
 * 1-based inclusive corners to `x y w h`. All four corners on one pixel are a click, no box: annotation tools leave
 * such behind.
 */
function boxOf([xmin, ymin, xmax, ymax]: [number, number, number, number]): Annotation['bbox'] {
  if (xmin === xmax && ymin === ymax) return [xmin - 1, ymin - 1, 0, 0];
  return [xmin - 1, ymin - 1, xmax - xmin + 1, ymax - ymin + 1];
}

/** The upright box around what roLabelImg and labelImg2 write: center, width, height, and an angle in radians. */
function rotatedBoxOf(element: XmlElement): { bbox: Annotation['bbox']; degrees: number } | undefined {
  const box = childrenOf(element, 'robndbox')[0];
  if (box === undefined) return undefined;
  const values = ['cx', 'cy', 'w', 'h', 'angle'].map((key) => decimalOf(textOf(box, key)));
  if (values.includes(undefined)) return undefined;
  const [cx, cy, w, h, angle] = values as [number, number, number, number, number];
  const [cos, sin] = [Math.abs(Math.cos(angle)), Math.abs(Math.sin(angle))];
  const [width, height] = [w * cos + h * sin, w * sin + h * cos];
  return { bbox: [cx - width / 2, cy - height / 2, width, height], degrees: (angle * 180) / Math.PI };
}

/**
 * An attribute as CVAT writes them:
 * `<attributes><attribute><name>rotation</name><value>90.0</value></attribute></attributes>`.
 */
function attributeOf(element: XmlElement, name: string): string | undefined {
  const list = childrenOf(element, 'attributes').flatMap((attributes) => childrenOf(attributes, 'attribute'));
  const found = list.find((attribute) => textOf(attribute, 'name') === name);
  return found === undefined ? undefined : textOf(found, 'value');
}

function readFlag(element: XmlElement, key: string, at: string, fault: Fault): boolean | undefined {
  const text = textOf(element, key);
  if (text === undefined || ['', '0', 'false', 'unspecified'].includes(text.toLowerCase())) return false;
  if (text === '1' || text.toLowerCase() === 'true') return true;
  return fault(`${at}.${key}`, found(text), `${key} flags that are not 0 or 1`, `<${key}> is 0 or 1`, 'annotation');
}

function childrenOf(element: XmlElement, name?: string): XmlElement[] {
  return element.children.filter(
    (child): child is XmlElement =>
      child instanceof XmlElement && (name === undefined || child.name === name || child.name.toLowerCase() === name),
  );
}

/** Text of the first child of this name, without what elements in it have; undefined where there is none. */
function textOf(element: XmlElement, name: string): string | undefined {
  const parts = childrenOf(element, name)[0]?.children.map((child) => (child instanceof XmlText ? child.text : ''));
  return parts?.join('').trim();
}

const found = (text: string | undefined): string => (text === undefined ? 'missing' : `found ${show(text)}`);
