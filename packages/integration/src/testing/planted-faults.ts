/** A data set with everything wrong that users bring, each fault with the words in which it must be told. */
import {
  chmodSync,
  mkdirSync,
  openSync,
  closeSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
  ftruncateSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';

/** A fault and a line that names it. `<dir>` stands for the folder. */
export interface PlantedFault {
  readonly what: string;
  readonly told: string;
}

export interface PlantedData {
  /** Faults in the entries and the image files of `train.json`, which has good ones too. */
  readonly entries: readonly PlantedFault[];
  /** Whole files that are no annotations, with the names of those files. */
  readonly files: readonly (PlantedFault & { readonly file: string })[];
  /** Odd things in the folder of unlabeled images. */
  readonly loose: readonly PlantedFault[];
  /** What is left of `trainable.json` without its faults, and what is not. */
  readonly left: { readonly images: number; readonly boxes: number };
  /** `unreadable` of the images have an entry without fault, but a file with one. */
  readonly leftOut: { readonly images: number; readonly unreadable: number };
  /** What is odd but right, and must not be told of. */
  readonly harmless: readonly string[];
}

// 32x24, made with Pillow: a blue square on red.
const JPEG = {
  rgb: '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/2wBDARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wAARCAAYACADASIAAhEBAxEB/8QAGAABAQEBAQAAAAAAAAAAAAAAAAECAwT/xAAZEAEBAAMBAAAAAAAAAAAAAAAAAQISUUH/xAAYAQADAQEAAAAAAAAAAAAAAAABAgMABP/EABwRAAIDAAMBAAAAAAAAAAAAAAECAAMRBBIyQf/aAAwDAQACEQMRAD8A86bTqubcelbd7fJ1cm5qs6/ZuWVWcPWkrkCOVEtS5dAxhNZwCK7L5OR2RW9DYkkUAJJOmEAAYJ//2Q==',
  cmyk: '/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAbEhQXFBEbFxYXHhwbIChCKyglJShROj0wQmBVZWRfVV1baniZgWpxkHNbXYW1hpCeo6utq2eAvMm6pseZqKuk/8AAFAgAGAAgBEMRAE0RAFkRAEsRAP/EABoAAAIDAQEAAAAAAAAAAAAAAAADAQQFBgL/xAApEAABAQUGBwEBAAAAAAAAAAAAARECAxESExUhU6LRBjFEUXGCkcFB/9oADgRDAE0AWQBLAAA/ANUyzFOmKd7Ic/Q9serN7sXboXZGt3cByZXAVVWL9VMp4NZL6Q8613mwSpRx0tNvDoqnLFjZy8AOIEAAABxpZO1A2eHeo9f0VG/hi8SdP7fgGyLMQAAAKd0ocjW9uerR7uXb3XZ+h3YByZJAS1WLlNUp4tbP6Q8817m0SpWR1VNvErpnLBjJT8AOIEAf/9k=',
  rotated:
    '/9j/4AAQSkZJRgABAQAAAQABAAD/4QAiRXhpZgAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/2wBDARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wAARCAAYACADASIAAhEBAxEB/8QAGAABAQEBAQAAAAAAAAAAAAAAAAECAwT/xAAZEAEBAAMBAAAAAAAAAAAAAAAAAQISUUH/xAAYAQADAQEAAAAAAAAAAAAAAAABAgMABP/EABwRAAIDAAMBAAAAAAAAAAAAAAECAAMRBBIyQf/aAAwDAQACEQMRAD8A86bTqubcelbd7fJ1cm5qs6/ZuWVWcPWkrkCOVEtS5dAxhNZwCK7L5OR2RW9DYkkUAJJOmEAAYJ//2Q==',
  gray: '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/wAALCAAYACABAREA/8QAGAAAAwEBAAAAAAAAAAAAAAAAAAECAwT/xAAZEAADAQEBAAAAAAAAAAAAAAAAAQISUUH/2gAIAQEAAD8A5y2nRLKYZqw9UC1nBJIb/9k=',
} as const;
/** Two frames of 32x24. */
const GIF =
  'R0lGODlhIAAYAIEAAMg8KB5a3AAAAAAAACH/C05FVFNDQVBFMi4wAwEAAAAh+QQACgAAACwAAAAAIAAYAAAISAABCBxIsKDBgwgTKlzIsKHDhxAjSpyoMIDFixgtUszIMcDGjhg/gtQ4ceRFkSNRglTZkSVHlxlhhixp0iPFmzhz6tzJs+fDgAAh+QQBCgABACwAAAAAIAAYAIEA/wAAAAAAAAAAAAAILwABCBxIsKDBgwgTKlzIsKHDhxAjSpxIsaLFixgzatzIsaPHjyBDihxJsqTJjQEBADs=';
const bytes = (base64: string) => Buffer.from(base64, 'base64');

/** A JPEG whose bytes are no other's: with a comment. */
function jpeg(comment: string, of: Buffer = bytes(JPEG.rgb)): Buffer {
  const text = Buffer.from(comment);
  const head = Buffer.from([0xff, 0xfe, 0, text.length + 2]);
  return Buffer.concat([of.subarray(0, 2), head, text, of.subarray(2)]);
}

/** A PNG of one color; `states` is the size that its header claims. */
function png(
  width: number,
  height: number,
  options: { readonly depth?: 8 | 16; readonly gray?: boolean; readonly states?: readonly [number, number] } = {},
): Buffer {
  const { depth = 8, gray = false, states = [width, height] } = options;
  const row = 1 + (width * (gray ? 1 : 3) * depth) / 8;
  const rows = Buffer.alloc(height * row, 0x77);
  for (let y = 0; y < height; y++) rows[y * row] = 0;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(states[0], 0);
  header.writeUInt32BE(states[1], 4);
  header.set([depth, gray ? 0 : 2, 0, 0, 0], 8);
  const chunk = (type: string, body: Buffer) => {
    const typed = Buffer.concat([Buffer.from(type), body]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(body.length);
    sum.writeUInt32BE(crc32(typed));
    return Buffer.concat([length, typed, sum]);
  };
  const parts = [chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), ...parts]);
}

/**
 * Writes the data: `train.json` with `images/`, `val.json` (whole), the files of other kinds, `loose/`.
 *
 * @param garbage megabytes of the garbage file
 */
export function plantFaults(folder: string, garbage: number): PlantedData {
  const images = join(folder, 'images');
  mkdirSync(images, { recursive: true });
  const file = (name: string, content: Buffer | string) => writeFileSync(join(folder, name), content);
  const image = (name: string, content: Buffer | string) => writeFileSync(join(images, name), content);

  const entries: PlantedFault[] = [];
  const told = (what: string, line: string) => entries.push({ what, told: line });
  type Entry = Record<string, unknown>;
  const imageList: unknown[] = [];
  const annotations: unknown[] = [];
  let id = 0;
  const good = (count: number) => {
    for (let i = 0; i < count; i++) {
      const name = `good-${++id}.jpg`;
      image(name, jpeg(name));
      imageList.push({ id, file_name: name, width: 32, height: 24 });
      annotations.push(box(id, { bbox: [8, 6, 12, 12] }));
    }
  };
  const box = (imageId: number, changes: Entry): Entry => ({
    id: annotations.length + 1,
    image_id: imageId,
    category_id: 1 + (annotations.length % 2),
    bbox: [2, 2, 10, 10],
    area: 100,
    iscrowd: 0,
    ...changes,
  });
  good(8);

  // boxes, all of the first image
  const faultyBox = (what: string, changes: Entry, found: (at: string) => string) => {
    const at = `annotations[${annotations.length}]`;
    annotations.push(box(1, changes));
    told(what, `<dir>/train.json: ${found(at)}`);
  };
  faultyBox(
    'box outside',
    { bbox: [100, 100, 5, 5] },
    (at) => `${at}.bbox: found [100,100,5,5], which leaves the 32x24`,
  );
  faultyBox('box partly outside', { bbox: [20, 2, 20, 5] }, (at) => `${at}.bbox: found [20,2,20,5], which leaves`);
  faultyBox('box of no width', { bbox: [1, 1, 0, 5] }, (at) => `${at}.bbox: found [1,1,0,5]: width 0`);
  faultyBox('box of negative height', { bbox: [1, 9, 5, -5] }, (at) => `${at}.bbox: found [1,9,5,-5]: height -5`);
  faultyBox('null in a box', { bbox: [1, 1, null, 5] }, (at) => `${at}.bbox: found [1,1,null,5]`);
  faultyBox('Infinity in a box', { bbox: [1, 1, '@inf', 5] }, (at) => `${at}.bbox: found [1,1,Infinity,5]`);
  faultyBox('texts in a box', { bbox: ['1', '2', '3', '4'] }, (at) => `${at}.bbox: found ["1","2","3","4"]`);
  faultyBox('box of three values', { bbox: [1, 2, 3] }, (at) => `${at}.bbox: found [1,2,3]`);
  faultyBox('no box', { bbox: undefined }, (at) => `${at}.bbox: missing`);
  faultyBox('annotation id twice', { id: 1 }, (at) => `${at}.id: 1 is also the id of annotations[0]`);
  faultyBox('float id', { id: 7.5 }, (at) => `${at}.id: found 7.5, not a whole number`);
  faultyBox('huge id', { id: 2 ** 60 }, (at) => `${at}.id: found ${2 ** 60}, which is beyond 9007199254740991`);
  faultyBox(
    'unknown category',
    { category_id: 9 },
    (at) => `${at}.category_id: found 9, which is no id of 'categories'`,
  );
  faultyBox('unknown image', { image_id: 999 }, (at) => `${at}.image_id: found 999, which is no id of 'images'`);
  faultyBox('crowd as text', { iscrowd: 'yes' }, (at) => `${at}.iscrowd: found "yes"`);
  faultyBox('area as text', { area: '12' }, (at) => `${at}.area: found "12"`);
  told(
    'box twice',
    `<dir>/train.json: annotation id ${annotations.length + 1}: the same box and class as annotation id`,
  );
  annotations.push(box(1, { category_id: 1, bbox: [8, 6, 12, 12] }));
  const notAnObject = annotations.length;
  annotations.push('text');
  told('an entry that is none', `<dir>/train.json: annotations[${notAnObject}]: found "text", not an object`);

  // images
  const faulty = (what: string, changes: Entry, content: Buffer | string | undefined, line: string) => {
    const name = (changes['file_name'] as string | undefined) ?? `${what.replaceAll(' ', '-')}.jpg`;
    if (content !== undefined) {
      image(name, content);
      unreadable++;
    }
    const entry = { id: ++id, file_name: name, width: 32, height: 24, ...changes };
    imageList.push(entry);
    annotations.push(box(entry.id, {}));
    told(
      what,
      line
        .replace('<at>', `<dir>/train.json: images[${imageList.length - 1}]`)
        .replace('<file>', `<dir>/images/${name}`),
    );
  };
  const whole = bytes(JPEG.rgb);
  let unreadable = 0;
  faulty('truncated', {}, whole.subarray(0, 300), '<file>: it is cut off at 300 bytes');
  faulty('empty', {}, '', '<file>: the file is empty (0 bytes)');
  faulty('text as jpg', {}, 'hello', '<file>: it is no image, whatever its name says: it begins with "hello"');
  faulty('web page as jpg', {}, '<!DOCTYPE html><p>404', '<file>: it is a web page, not an image');
  faulty(
    'wrong size',
    { width: 640, height: 480 },
    jpeg('wrong size'),
    '<file>: is 32x24, but its annotations (image id',
  );
  faulty('rotated by EXIF', {}, bytes(JPEG.rotated), '<file>: is 24x32, but its annotations');
  faulty('missing', {}, undefined, '<file>: does not exist (image id');
  faulty('no file name', { file_name: undefined }, undefined, '<at>.file_name: found nothing');
  faulty('file name of null', { file_name: null }, undefined, '<at>.file_name: found null');
  faulty('size of text', { width: '32' }, undefined, '<at>.width: found "32"');
  faulty('size below zero', { height: -2 }, undefined, '<at>.height: found -2');
  faulty('image id as text', { id: 'seven' }, undefined, '<at>.id: found "seven", not a whole number');
  faulty(
    'dimension bomb',
    { file_name: 'bomb.png', width: 100_000, height: 100_000 },
    png(8, 8, { states: [100_000, 100_000] }),
    '<file>: its header says 100000x100000 (10000 million pixels); at most',
  );
  faulty(
    'name in other case',
    { file_name: 'CASE.JPG' },
    undefined,
    'there is "case.jpg", which is spelled differently',
  );
  image('case.jpg', jpeg('case'));
  faulty(
    'name in another Unicode form',
    { file_name: 'café.jpg'.normalize('NFC') },
    undefined,
    `there is ${JSON.stringify('café.jpg'.normalize('NFD'))}, which looks the same`,
  );
  image('café.jpg'.normalize('NFD'), jpeg('nfd'));
  faulty('a folder named as an image', { file_name: 'folder.jpg' }, undefined, '<file>: is a folder');
  mkdirSync(join(images, 'folder.jpg'));
  faulty('a link to nothing', { file_name: 'dangling.jpg' }, undefined, '<file>: is a link that leads to no file');
  symlinkSync('nowhere.jpg', join(images, 'dangling.jpg'));
  faulty('a link to itself', { file_name: 'self.jpg' }, undefined, '<file>: is a link that leads to no file');
  symlinkSync('self.jpg', join(images, 'self.jpg'));
  if (process.getuid?.() !== 0) {
    faulty('an unreadable file', {}, jpeg('unreadable'), '<file>: this user may not read it (permissions)');
    chmodSync(join(images, 'an-unreadable-file.jpg'), 0);
  }
  // an id twice: neither can be used
  const twice = ++id;
  for (const name of ['twice-a.jpg', 'twice-b.jpg']) {
    image(name, jpeg(name));
    imageList.push({ id: twice, file_name: name, width: 32, height: 24 });
  }
  annotations.push(box(twice, {}));
  const [second, first] = [imageList.length - 1, imageList.length - 2];
  told('image id twice', `<dir>/train.json: images[${second}].id: ${twice} is also the id of images[${first}]`);

  // right, if odd
  const before = imageList.length;
  const odd = (name: string, content: Buffer, size: readonly [number, number], changes: Entry = {}) => {
    image(name, content);
    imageList.push({ id: ++id, file_name: name, width: size[0], height: size[1] });
    annotations.push(box(id, { bbox: [0, 0, ...size], area: undefined, iscrowd: undefined, ...changes }));
  };
  odd('one-pixel.png', png(1, 1), [1, 1]);
  odd('16-bit.png', png(32, 24, { depth: 16 }), [32, 24]);
  odd('gray.jpg', bytes(JPEG.gray), [32, 24], { segmentation: 'junk' });
  odd('gray.png', png(32, 24, { gray: true }), [32, 24], { segmentation: [[[{}]], null] });
  odd('cmyk.jpg', bytes(JPEG.cmyk), [32, 24], { iscrowd: true });
  odd('animated.gif', bytes(GIF), [32, 24], { iscrowd: 0 });
  odd('-rf.jpg', jpeg('dash'), [32, 24]);
  odd(`it's "quoted" [1]{a,b}*.jpg`, jpeg('quotes'), [32, 24]);
  odd('new\nline.jpg', jpeg('line'), [32, 24]);
  odd(`${'long'.repeat(60)}.jpg`, jpeg('long'), [32, 24]);
  odd('ünï 漢字.jpg', jpeg('unicode'), [32, 24]);
  const harmless = imageList.slice(before).map((entry) => (entry as { file_name: string }).file_name);

  // copies, names that lead out, categories
  image('copy.jpg', jpeg('good-1.jpg'));
  imageList.push({ id: ++id, file_name: 'copy.jpg', width: 32, height: 24 });
  annotations.push(box(id, {}));
  told(
    'a copy',
    `<dir>/images/copy.jpg: image id ${id} of <dir>/train.json has the same bytes as <dir>/images/good-1.jpg`,
  );
  file('outside.jpg', jpeg('outside'));
  imageList.push({ id: ++id, file_name: '../outside.jpg', width: 32, height: 24 });
  annotations.push(box(id, {}));
  told(
    'a name that leads out',
    `<dir>/train.json: image id ${id}: file_name '../outside.jpg' leads out of the images folder`,
  );
  file('absolute.jpg', jpeg('absolute'));
  imageList.push({ id: ++id, file_name: join(folder, 'absolute.jpg'), width: 32, height: 24 });
  annotations.push(box(id, {}));
  told('an absolute name', `<dir>/train.json: image id ${id}: file_name is the absolute path <dir>/absolute.jpg`);
  image('boxless.jpg', jpeg('boxless'));
  imageList.push({ id: ++id, file_name: 'boxless.jpg', width: 32, height: 24 });
  told('an image without boxes', `<dir>/train.json: image id ${id}: 'boxless.jpg' has no box`);

  const categories = [
    { id: 1, name: 'red' },
    { id: 2, name: 'blue' },
  ];
  const faultyCategories = [
    ...categories,
    { id: 6, name: 'cyan' },
    { id: 6, name: 'azure' },
    { id: 3, name: 'red' },
    { id: 4 },
    { id: 5, name: 'unused' },
  ];
  told('category id twice', '<dir>/train.json: categories[3].id: 6 is also the id of categories[2]');
  told(
    'category name twice',
    "<dir>/train.json: categories[4]: 'red' (id 3) has no box, and another category has its name",
  );
  told('category without name', '<dir>/train.json: categories[5].name: found nothing');
  told('class without a box', "<dir>/train.json: category id 5: 'unused' has no box");
  const train = { images: imageList, annotations, categories };
  const json = (value: object) => JSON.stringify(value).replaceAll('"@inf"', '1e999');
  file('train.json', json({ ...train, categories: faultyCategories }));
  // the same with whole categories: those of the validation set
  file('trainable.json', json(train));

  const valImages = [1, 2, 3].map((k) => {
    const name = `val-${k}.jpg`;
    image(name, jpeg(name));
    return { id: k, file_name: name, width: 32, height: 24 };
  });
  const val = {
    images: valImages,
    annotations: valImages.map((entry, k) => ({
      id: k + 1,
      image_id: entry.id,
      category_id: 1 + (k % 2),
      bbox: [8, 6, 12, 12],
    })),
    categories,
  };
  file('val.json', JSON.stringify(val));
  file('bom.json', `\ufeff${JSON.stringify(val)}`);

  return {
    entries,
    files: plantFiles(folder, JSON.stringify(val), garbage),
    loose: plantLoose(folder),
    left: {
      images: 8 + harmless.length + 4,
      // of the faulty ones: cut to the image, numbered anew three times, area taken from the box, there twice
      boxes: 8 + harmless.length + 3 + 6,
    },
    leftOut: { images: imageList.length - (8 + harmless.length + 4), unreadable },
    harmless,
  };
}

/** Files that are no annotations, or not whole. */
function plantFiles(folder: string, whole: string, garbage: number): PlantedData['files'] {
  const found: (PlantedFault & { file: string })[] = [];
  const plant = (what: string, name: string, content: Buffer | string, told: string) => {
    writeFileSync(join(folder, name), content);
    found.push({ what, file: name, told: `<dir>/${name}: ${told}` });
  };
  const half = whole.slice(0, whole.length >> 1);
  plant(
    'JSON cut in half',
    'half.json',
    half,
    `is cut off: the JSON ends in the middle, at line 1, column ${half.length + 1}`,
  );
  plant('empty JSON', 'empty.json', '', 'is empty (0 bytes)');
  plant('UTF-16 JSON', 'utf16.json', Buffer.from(`\ufeff${whole}`, 'utf16le'), 'is UTF-16');
  const results = '[{"image_id":1,"category_id":1,"bbox":[1,2,3,4],"score":0.5}]';
  plant(
    'a results file',
    'results.json',
    results,
    "top level: holds detections (COCO's results format), not annotations",
  );
  plant(
    "Python's NaN",
    'nan.json',
    whole.replace('[8,6,12,12]', '[8,NaN,12,12]'),
    'is not JSON: unexpected text at line 1',
  );
  plant('no list of images', 'imageless.json', '{"annotations": [], "categories": []}', 'images: missing');
  plant('a list', 'list.json', '[1, 2]', 'top level: found a list');
  plant('gzip', 'packed.json', Buffer.from([0x1f, 0x8b, 8, 0]), 'is compressed with gzip');
  found.push({ what: 'no file', file: 'gone.json', told: '<dir>/gone.json: does not exist. JSON files in <dir>:' });

  const name = 'garbage.json';
  writeGarbage(join(folder, name), garbage);
  found.push({
    what: `${garbage} MB of garbage`,
    file: name,
    told: `<dir>/${name}: is not JSON: unexpected text at line 1, column 19`,
  });
  writeFileSync(join(folder, 'zeros.json'), '');
  truncateSync(join(folder, 'zeros.json'), 2 ** 30); // sparse: takes no room on the disk
  found.push({
    what: '1 GB of zeros',
    file: 'zeros.json',
    told: '<dir>/zeros.json: is not JSON: unexpected text at line 1, column 1',
  });
  // an opening quote and no other: what looks for the end must not keep what it has passed
  writeFileSync(join(folder, 'endless.json'), '{"info": "');
  const handle = openSync(join(folder, 'endless.json'), 'r+');
  ftruncateSync(handle, 2 ** 30);
  closeSync(handle);
  found.push({ what: '1 GB of one text', file: 'endless.json', told: '<dir>/endless.json: is cut off' });
  return found;
}

/** Text that begins like annotations and goes on as garbage. */
function writeGarbage(path: string, megabytes: number): void {
  const handle = openSync(path, 'w');
  writeSync(handle, '{"images": [{"id":');
  let state = 7;
  const block = Buffer.alloc(2 ** 20);
  for (let i = 0; i < block.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    block[i] = 33 + ((state >>> 24) % 90);
  }
  for (let k = 0; k < megabytes; k++) writeSync(handle, block);
  closeSync(handle);
}

function plantLoose(folder: string): PlantedFault[] {
  const loose = join(folder, 'loose');
  mkdirSync(join(loose, 'sub.jpg'), { recursive: true });
  const put = (name: string, content: Buffer | string) => writeFileSync(join(loose, name), content);
  for (const name of ['a.jpg', 'sub.jpg/b.JPeG', "odd 'name' [x]*.jpg", '--force.jpg', 'tab\tname.jpg'])
    put(name, jpeg(name));
  put('broken.jpg', bytes(JPEG.rgb).subarray(0, 200));
  symlinkSync(loose, join(loose, 'sub.jpg/loop'));
  symlinkSync('nothing.jpg', join(loose, 'dead.jpg'));
  const found = [
    { what: 'a loop of links', told: '<dir>/loose/sub.jpg/loop: a link to a folder that is read already' },
    { what: 'a link to nothing', told: '<dir>/loose/dead.jpg: a link to nothing' },
    { what: 'a broken file', told: '<dir>/loose/broken.jpg: it is cut off at 200 bytes' },
  ];
  if (process.getuid?.() !== 0) {
    mkdirSync(join(loose, 'locked'));
    chmodSync(join(loose, 'locked'), 0);
    found.push({ what: 'a folder that may not be read', told: '<dir>/loose/locked: a folder that may not be read' });
  }
  return found;
}
