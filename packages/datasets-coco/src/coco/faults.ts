/** What the readers of COCO's lists have in common: tests of values, and the problems that all of them can have. */
import { show, type Problem, type Skipped } from '../problems.ts';

export type Fields = Record<string, unknown>;

export const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isId = (value: unknown): value is number => Number.isSafeInteger(value);

/** `a list`, `null`, `"text"`: what a value is where an object or a list belongs. */
export const kindOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : show(value);

export const SHAPE =
  "a COCO file is an object with the lists 'images', 'annotations' and 'categories' (cocodataset.org, data format)";
const IDS = 'ids are whole numbers, each used once in its list; number them anew where the file is written';

type Found = Omit<Problem, 'file'>;

/** @param what plural noun of the list's entries: `images` */
export const notObject = (at: string, value: unknown, what: string, skips: Skipped): Found => ({
  at,
  found: `found ${kindOf(value)}, not an object`,
  kind: `${what} that are no objects`,
  advice: SHAPE,
  skips,
});

/** @param what singular noun of the list's entries: `image` */
export const badId = (at: string, value: unknown, what: string, skips: Skipped): Found => ({
  at,
  found:
    value === undefined
      ? 'missing'
      : Number.isInteger(value)
        ? `found ${show(value)}, which is beyond ${Number.MAX_SAFE_INTEGER}: such ids are not exact here`
        : typeof value === 'string' && /^\d+$/.test(value)
          ? `found the text ${show(value)}, not a whole number: write it without quotes`
          : `found ${show(value)}, not a whole number`,
  kind: value === undefined ? `missing ${what} ids` : `${what} ids that are no whole numbers`,
  advice: IDS,
  skips,
});

export const duplicate = (at: string, id: number, earlier: string, what: string, skips: Skipped): Found => ({
  at,
  found: `${id} is also the id of ${earlier}`,
  kind: `${what} ids used twice`,
  advice: IDS,
  skips,
});
