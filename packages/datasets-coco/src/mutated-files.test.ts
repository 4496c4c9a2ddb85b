import { writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { loadCoco, readCoco } from './coco/load-coco.ts';
import { loadDetections } from './metrics/load-detections.ts';
import { planAny } from './split/plan-any.ts';
import { plainImage } from './testing/images.ts';
import { tempFolder } from './testing/temp-folder.ts';
import type { Dataset } from './types.ts';
import { loadVoc } from './voc/load-voc.ts';
import { loadYolo } from './yolo/load-yolo.ts';

/**
 * Files with a few places changed are read, or refused by an error of ours that names a file; nothing hangs or
 * overflows.
 */

const tmp = tempFolder({ beforeEach, afterEach });
beforeEach(async () => tmp.write({ 'images/a.png': await plainImage(10, 10), 'voc/a.png': await plainImage(10, 10) }));

const COCO = JSON.stringify({
  images: [
    { id: 1, file_name: 'a.png', width: 10, height: 10 },
    { id: 2, file_name: 'a.png', width: null, coco_url: 'http://x.org/images/a.png' },
  ],
  annotations: [
    { id: 1, image_id: 1, category_id: 1, bbox: [1, 1, 5, 5], area: 25, iscrowd: 0, segmentation: [[1, 2, 3, 4]] },
    { id: 2, image_id: 2, category_id: 2, bbox: [1, 1, 5.5, 5], attributes: { rotation: 3 } },
  ],
  categories: [
    { id: 1, name: 'cat', supercategory: 'none' },
    { id: 2, name: 'dog' },
  ],
});
const DETECTIONS =
  '[{"image_id":1,"category_id":1,"bbox":[1,1,5,5],"score":0.5},{"image_id":2,"category_id":1,"bbox":[1,1,5,5],"score":1e-3}]';
const VOC =
  '<annotation><filename>a.png</filename><size><width>10</width><height>10</height></size><object><name>cat</name><Difficult>0</Difficult>' +
  '<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5.5</ymax></bndbox></object></annotation>';
const YOLO = 'path: .\ntrain: images\nval: [images]\nnc: 2\nnames:\n  0: cat\n  1: &a dog\n';
const ROWS = '0 0.5 0.5 0.2 0.2\n1 0.1 0.1 0.3 0.1 0.2 0.5\n';

/** What is put into a file: signs of its language, and many of them. */
const pieces = (...own: string[]) =>
  fc
    .tuple(
      fc.constantFrom(...own, '', '\0', '-1', '1e999', '9007199254740993', '"', '\n', 'é'),
      fc.constantFrom(1, 1, 1, 20, 3000),
    )
    .map(([piece, times]) => piece.repeat(times));
const JSON_PIECES = pieces('{', '[', '}', ']', ',', ':', 'null', '{"a":', '"__proto__":', 'NaN', '//', '[[]]', 'true');
const XML_PIECES = pieces(
  '<',
  '>',
  '<a>',
  '</a>',
  '<object>',
  '&x;',
  '<![CDATA[',
  '<!--',
  '<!DOCTYPE a [<!ENTITY b "x">]>',
);
const YAML_PIECES = pieces(
  '&a ',
  '*a',
  '*b',
  '[',
  '{',
  '- ',
  ': ',
  '? ',
  '|',
  '<<: ',
  '!!set ',
  'nc: 300000000\n',
  "'",
  '---\n',
  '%a\n',
  ',',
);

/** Up to three places of a text changed: cut out, put in, or said twice. */
const mutated = (text: string, piece: fc.Arbitrary<string>) =>
  fc
    .array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(30), piece), { minLength: 1, maxLength: 3 })
    .map((changes) =>
      changes.reduce((now, [place, cut, put]) => {
        const at = Math.floor(place * now.length);
        return now.slice(0, at) + put + now.slice(at + cut);
      }, text),
    );

async function readOrRefused(read: () => Promise<unknown>): Promise<void> {
  const error: unknown = await read().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error === undefined) return;
  expect(error).toBeInstanceOf(Error);
  expect(['Error', 'DataError']).toContain((error as Error).name);
  expect((error as Error).message).toContain(tmp.path);
  expect((error as Error).message).not.toMatch(
    /call stack|Cannot read propert|is not a function|is not iterable|Invalid \w+ length/,
  );
}

const property = (text: fc.Arbitrary<string>, read: (text: string) => Promise<void>) =>
  fc.assert(fc.asyncProperty(text, read), { numRuns: 150, seed: 10 });

test('the texts as they are, are read', async () => {
  await tmp.write({ 'a.json': COCO, 'd.json': DETECTIONS, 'voc/a.xml': VOC, 'data.yaml': YOLO, 'labels/a.txt': ROWS });
  const where = { annotations: tmp.at('a.json'), images: tmp.at('images') };
  const boxes = ({ images }: Dataset) => images.flatMap(({ annotations }) => annotations).length;
  expect(boxes(await readCoco(where))).toBe(2);
  expect(boxes(await loadCoco(where))).toBe(2);
  expect((await planAny({ annotations: where.annotations, seed: 1, count: 1 })).labeledIds).toHaveLength(1);
  expect(await loadDetections(tmp.at('d.json'))).toHaveLength(2);
  expect(boxes(await loadVoc({ voc: tmp.at('voc') }))).toBe(1);
  expect(boxes(await loadYolo({ yolo: tmp.at('data.yaml') }))).toBe(2);
});

test('COCO', async () => {
  const file = tmp.at('a.json');
  const where = { annotations: file, images: tmp.at('images') };
  await property(mutated(COCO, JSON_PIECES), async (text) => {
    await writeFile(file, text);
    await readOrRefused(() => readCoco({ ...where, degenerate: 'keep' }));
    await readOrRefused(() => loadCoco({ ...where, degenerate: 'drop', onFault: 'skip' }));
    await readOrRefused(() => planAny({ annotations: file, seed: 1, count: 1 }));
  });
});

test('detections', async () => {
  await property(mutated(DETECTIONS, JSON_PIECES), async (text) => {
    await writeFile(tmp.at('d.json'), text);
    await readOrRefused(() => loadDetections(tmp.at('d.json')));
  });
});

test('VOC', async () => {
  await property(mutated(VOC, XML_PIECES), async (text) => {
    await writeFile(tmp.at('voc/a.xml'), text);
    await readOrRefused(() => loadVoc({ voc: tmp.at('voc'), degenerate: 'drop' }));
  });
});

test('YOLO: the yaml and the rows', async () => {
  await tmp.write({ 'data.yaml': YOLO, 'labels/a.txt': ROWS });
  const read = () => readOrRefused(() => loadYolo({ yolo: tmp.at('data.yaml'), degenerate: 'drop' }));
  await property(mutated(ROWS, pieces('0 ', '.', 'x', '1', ' ', '-')), async (text) => {
    await tmp.write({ 'labels/a.txt': text });
    await read();
  });
  await property(mutated(YOLO, YAML_PIECES), async (text) => {
    await tmp.write({ 'data.yaml': text });
    await read();
  });
});
