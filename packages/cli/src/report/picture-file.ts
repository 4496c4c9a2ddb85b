/** `report-images.json` of a run folder: what the networks found, kept so that a second report needs no backend. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PictureBox, PictureSet } from './pictures.ts';

export const PICTURES_FILE = 'report-images.json';

/**
 * Pictures that an earlier report of this run has left; undefined where there are none, or what is there is none of
 * ours.
 */
export async function readPictures(folder: string): Promise<PictureSet | undefined> {
  const text = await readFile(join(folder, PICTURES_FILE), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const value = ofToday(JSON.parse(text));
    return isPictureSet(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Files of earlier versions have the boxes of a student and a teacher under these names. */
function ofToday(value: unknown): unknown {
  if (!isObject(value) || !isObject(value['steps']) || !Array.isArray(value['images'])) return value;
  const { steps, categories } = value;
  const images = value['images'].filter(isObject);
  const names = ['student', 'teacher'].filter((name) => images.every((image) => image[name] !== undefined));
  return {
    networks: names.map((name) => ({ name, step: steps[name] })),
    categories,
    images: images.map((image) => ({ ...image, found: names.map((name) => image[name]) })),
  };
}

/** Every value is looked at: a run folder may come from somebody else, and all of this goes into a page. */
function isPictureSet(value: unknown): value is PictureSet {
  if (!isObject(value)) return false;
  const { networks, categories, images } = value;
  if (!Array.isArray(networks) || !networks.every(isNetwork)) return false;
  if (!Array.isArray(categories) || !categories.every((name) => typeof name === 'string')) return false;
  const boxes = (list: unknown): boolean => Array.isArray(list) && list.every((box) => isBox(box, categories.length));
  return (
    Array.isArray(images) &&
    images.every(
      (image: unknown) =>
        isObject(image) &&
        typeof image['path'] === 'string' &&
        typeof image['fileName'] === 'string' &&
        isCount(image['width']) &&
        isCount(image['height']) &&
        image['width'] * image['height'] > 0 &&
        boxes(image['truth']) &&
        Array.isArray(image['found']) &&
        image['found'].length === networks.length &&
        image['found'].every(boxes),
    )
  );
}

function isBox(value: unknown, classes: number): value is PictureBox {
  if (!isObject(value)) return false;
  const { category, bbox, score } = value;
  return (
    isCount(category) &&
    category < classes &&
    Array.isArray(bbox) &&
    bbox.length === 4 &&
    bbox.every((v) => Number.isFinite(v)) &&
    (score === undefined || (typeof score === 'number' && score >= 0 && score <= 1))
  );
}

const isNetwork = (value: unknown): boolean =>
  isObject(value) && typeof value['name'] === 'string' && isCount(value['step']);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
