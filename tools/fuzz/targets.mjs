/**
 * What is fuzzed: each reader with good files to start from. `read(folder, index)` reads the mutated files of a folder
 * as a user's command would, and returns or throws.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SEEDS = fileURLToPath(new URL('seeds/', import.meta.url));
const load = (name, room = '') => import(join(ROOT, 'packages', name, 'dist', room, 'index.js'));

/** The files of a seed folder, by path within it. */
function filesOf(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map((entry) => {
      const path = join(entry.parentPath ?? entry.path, entry.name);
      return [path.slice(folder.length + 1), readFileSync(path)];
    }),
  );
}
/** Every folder in `seeds/<target>`, or every file as a set of its own. */
const seedsOf = (target) =>
  readdirSync(join(SEEDS, target), { withFileTypes: true }).map((entry) =>
    entry.isDirectory()
      ? filesOf(join(SEEDS, target, entry.name))
      : { [entry.name]: readFileSync(join(SEEDS, target, entry.name)) },
  );
const oneByOne = (folder, pick) =>
  readdirSync(folder)
    .filter((name) => pick.test(name))
    .map((name) => ({ [name]: readFileSync(join(folder, name)) }));

const FIXTURES = join(ROOT, 'packages/detectors/src/weights/fixtures');
const only = (folder, pattern) =>
  join(
    folder,
    readdirSync(folder).find((name) => pattern.test(name)),
  );
/** Both policies take turns. */
const policy = (index) => (index % 2 === 0 ? 'skip' : 'stop');

/** Also materializes every tensor. */
async function weights() {
  const { openWeights } = await load('detectors', 'weights');
  return (folder) => {
    const path = only(folder, /\.(pth|pt|safetensors)$/);
    openWeights(new Uint8Array(readFileSync(path)), path);
  };
}

export const TARGETS = {
  coco: {
    tokens: [
      '"id":',
      '"bbox":[',
      '"images":[',
      '"annotations":[',
      '"categories":[',
      '{',
      '}',
      '[',
      ']',
      ',',
      '1e999',
      '"segmentation":{"counts":[',
      '"iscrowd":1',
    ],
    seeds: () => seedsOf('coco'),
    reader: async () => {
      const { readCoco } = await load('datasets-coco');
      return (folder, index) =>
        readCoco({
          annotations: join(folder, 'instances.json'),
          images: folder,
          onFault: policy(index),
          degenerate: 'drop',
        });
    },
  },
  detections: {
    tokens: ['"image_id":', '"bbox":[', '"score":', '"category_id":', '{', '}', '[', ']', ',', '1e999'],
    seeds: () => seedsOf('detections'),
    reader: async () => {
      const { loadDetections } = await load('datasets-coco');
      return (folder) => loadDetections(join(folder, 'detections.json'));
    },
  },
  config: {
    tokens: ['"kind":', '"sed"', '"detector":{', '{', '}', '[', ']', ',', '1e999', '"$comment":', '"data.root"'],
    seeds: () => oneByOne(join(ROOT, 'packages/trainer/recipes'), /\.json$/),
    reader: async () => {
      const { createDetector, loadConfig } = await load('trainer');
      const OVERRIDES = [
        'iterations=10',
        'data.root=x',
        'augment.cutouts.0.probability=1',
        'evaluation.at.1000000000=5',
        'seed.x=1',
        'method=null',
        '=1',
        'a.__proto__.b=1',
        'data.labeled.0.images=x',
        'optimizer={"lr":',
      ];
      return (folder, index) => {
        const config = loadConfig(
          only(folder, /\.json$/),
          index % 3 === 0 ? [OVERRIDES[index % OVERRIDES.length]] : [],
        );
        createDetector(config, 3);
      };
    },
  },
  voc: {
    tokens: [
      '<object>',
      '</object>',
      '<name>',
      '<bndbox>',
      '<xmin>',
      '<size>',
      '<width>',
      '&amp;',
      '&a;',
      '<!DOCTYPE a [<!ENTITY a "b">]>',
      '<![CDATA[',
      ']]>',
      '<!--',
    ],
    seeds: () => seedsOf('voc'),
    reader: async () => {
      const { loadVoc } = await load('datasets-coco');
      return (folder, index) => loadVoc({ voc: folder, sets: 'train', onFault: policy(index), degenerate: 'drop' });
    },
  },
  yolo: {
    tokens: [
      'nc:',
      'names:',
      'train:',
      'path:',
      '- ',
      '*a',
      '&a ',
      '<<: *a',
      '!!js/function',
      '!!binary ',
      '{',
      '[',
      '}',
      ']',
      ': ',
      '|\n',
      '>\n',
      '\n',
      '\t',
      '? ',
      '0 0.5 0.5 0.1 0.1\n',
    ],
    seeds: () => seedsOf('yolo'),
    reader: async () => {
      const { loadYolo } = await load('datasets-coco');
      return (folder, index) =>
        loadYolo({ yolo: join(folder, 'data.yaml'), onFault: policy(index), degenerate: 'drop' });
    },
  },
  safetensors: {
    tokens: ['"dtype":"F32"', '"shape":[', '"data_offsets":[', '"__metadata__":{', '{', '}', '[', ']', ',', '0,8'],
    seeds: () => oneByOne(FIXTURES, /\.safetensors$/),
    reader: weights,
  },
  torch: {
    tokens: [
      '(',
      ')',
      'N',
      '}',
      ']',
      't',
      'u',
      's',
      'R',
      'Q',
      '2',
      '0',
      'h\0',
      'q\0',
      '\x85',
      '\x86',
      '\x8b\xff\xff\xff\x7f',
      'ccollections\nOrderedDict\n',
      'ctorch\nFloatStorage\n',
      'ctorch._utils\n_rebuild_tensor_v2\n',
      'PK\x01\x02',
      'PK\x05\x06',
      'PK\x06\x06',
    ],
    seeds: () => oneByOne(FIXTURES, /\.(pth|pt)$/),
    reader: weights,
  },
  images: {
    tokens: [
      '\xff\xd8',
      '\xff\xc0',
      '\xff\xda',
      'IHDR',
      'IDAT',
      'acTL',
      'RIFF',
      'WEBP',
      'II*\0',
      'MM\0*',
      'GIF89a',
      '<svg xmlns="http://www.w3.org/2000/svg">',
      'BM',
      'ftyp',
    ],
    seeds: () => seedsOf('images'),
    reader: async () => {
      const { decodeImage } = await load('datasets-coco');
      return (folder) => decodeImage(join(folder, readdirSync(folder)[0]));
    },
  },
};
