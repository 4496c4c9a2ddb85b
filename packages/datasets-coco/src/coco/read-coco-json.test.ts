import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { AnnotationColumns } from './annotation-columns.ts';
import { jsonErrorPosition } from './json-error.ts';
import { readCocoJson } from './read-coco-json.ts';

// Property tests repeat: the seed is fixed.
fc.configureGlobal({ seed: 20 });

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sed-json-'));
  file = join(folder, 'a.json');
});
afterAll(() => rmSync(folder, { recursive: true }));

const FIELDS: Record<string, string[]> = {
  images: ['id', 'file_name', 'width', 'height'],
  annotations: ['id', 'image_id', 'category_id', 'bbox', 'area', 'iscrowd', 'ignore', 'difficult', 'truncated'],
  categories: ['id', 'name'],
};
/** What is to be read of a parsed file. */
function expected(json: object): object {
  const part = (key: string, value: unknown) => {
    const fields = Object.hasOwn(FIELDS, key) ? FIELDS[key] : undefined;
    if (fields === undefined) return null;
    if (!Array.isArray(value)) return value;
    return value.map((entry: unknown) =>
      typeof entry !== 'object' || entry === null || Array.isArray(entry)
        ? entry
        : Object.fromEntries(Object.entries(entry).filter(([field]) => fields.includes(field))),
    );
  };
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, part(key, value)]));
}
const read = async (text: string | Buffer, chunk = 7) => {
  writeFileSync(file, text);
  const json = (await readCocoJson(file, { chunk })) as Record<string, unknown>;
  const { annotations } = json;
  const list =
    annotations instanceof AnnotationColumns
      ? { annotations: Array.from({ length: annotations.length }, (_, i) => annotations.at(i)) }
      : {};
  return JSON.parse(JSON.stringify({ ...json, ...list })) as object;
};

const value = fc.jsonValue({ depthSize: 'small' });
const entry = (fields: string[]) =>
  fc.dictionary(fc.oneof(fc.constantFrom(...fields), fc.constantFrom('segmentation', 'x"\\ü', '')), value, {
    maxKeys: 4,
  });
const file_ = fc.dictionary(
  fc.constantFrom('info', 'images', 'annotations', 'categories', 'constructor'),
  fc.oneof(
    { weight: 4, arbitrary: fc.array(fc.oneof(entry(FIELDS['annotations']!), value), { maxLength: 4 }) },
    { weight: 1, arbitrary: value },
  ),
);
const written = fc
  .tuple(file_, fc.constantFrom(undefined, 1, '\t'))
  .map(([json, space]) => JSON.stringify(json, null, space));

test('reads what JSON.parse reads, wherever the chunks end', async () => {
  await fc.assert(
    fc.asyncProperty(written, fc.integer({ min: 1, max: 40 }), async (text, chunk) => {
      expect(await read(text, chunk)).toEqual(expected(JSON.parse(text) as object));
    }),
    { numRuns: 200 },
  );
});

test('names the byte where a cut or changed text stops being JSON', async () => {
  const change = fc.tuple(
    written,
    fc.nat(400),
    fc.constantFrom('', 'N', '}', ']', ',', ':', '"', '\\', '1', '-', '{', '\n'),
  );
  await fc.assert(
    fc.asyncProperty(change, async ([text, at, c]) => {
      const position = at % (text.length + 1);
      const changed = c === '' ? text.slice(0, position) : text.slice(0, position) + c + text.slice(position + 1);
      if (changed.trim() === '') return;
      const error = jsonErrorPosition(changed);
      const message = await read(changed).then(
        () => undefined,
        (reason: Error) => reason.message,
      );
      if (error < 0) expect(message).toBeUndefined();
      // Entries' fields that are not read are stepped over, so an error in one of them may go unseen or be seen behind
      // it.
      if (message === undefined || error < 0) return;
      const [, line, column] = /line (\d+), column (\d+)/.exec(message)!.map(Number) as [number, number, number];
      const before = changed.slice(0, error >= changed.trimEnd().length ? changed.trimEnd().length : error);
      const wanted = [before.split('\n').length, [...before.slice(before.lastIndexOf('\n') + 1)].length + 1];
      const seen = line * 1e6 + column;
      expect(seen).toBeGreaterThanOrEqual(wanted[0]! * 1e6 + wanted[1]!);
      if (!/info|segmentation|x\\"|"":|constructor/.test(changed)) expect([line, column]).toEqual(wanted);
    }),
    { numRuns: 600 },
  );
});

test('what is not read may be any junk with its brackets right', async () => {
  const text =
    '{"images":[],"annotations":[{"id":1,"segmentation":[[01,"]\\"}",{}],{"counts":"a]"}],"bbox":[1,2,3,4]}]}';
  expect(await read(text)).toEqual({ images: [], annotations: [{ id: 1, bbox: [1, 2, 3, 4] }] });
});

describe('files of another kind are told by their first bytes', () => {
  test.each<[string, Buffer, string]>([
    ['UTF-16 with its mark', Buffer.from('\ufeff{"images": []}', 'utf16le'), 'is UTF-16 (PowerShell'],
    ['UTF-16 without', Buffer.from('{"images": []}', 'utf16le'), 'is UTF-16'],
    ['zero bytes', Buffer.alloc(300), 'Zero bytes are what a copy or a download that never finished leaves'],
    [
      'a picture',
      Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
      'is an image; the JSON file with the annotations is needed',
    ],
  ])('%s', async (_, bytes, message) => {
    await expect(read(bytes)).rejects.toThrow(message);
  });
});
