import { moveData } from './paths.ts';
import { applyOverrides, parseConfig } from './parse.ts';
import { tinyConfig } from '../testing/made-up.ts';

const data = (json: unknown) => (json as { data: Record<string, unknown> }).data;

test('absolute paths below the root move with it, others stay; globs and lists too', () => {
  const config = {
    data: {
      root: '/old/set',
      labeled: [
        { annotations: ['/old/set/a.json', '/old/set/b.json'], images: '/old/set/images' },
        { voc: '/other/voc', sets: 'train' },
      ],
      unlabeled: { images: ['/old/set/pool/**/*.jpg', '!/old/set/pool/bad/**'] },
      validation: { yolo: '/old/settled/data.yaml' },
    },
  };
  expect(data(moveData(config, '/new', '/run'))).toEqual({
    root: '/new',
    labeled: [
      { annotations: ['/new/a.json', '/new/b.json'], images: '/new/images' },
      { voc: '/other/voc', sets: 'train' },
    ],
    unlabeled: { images: ['/new/pool/**/*.jpg', '!/new/pool/bad/**'] },
    // a folder whose name only begins alike is another one
    validation: { yolo: '/old/settled/data.yaml' },
  });
  expect(data(config)['root']).toBe('/old/set'); // the argument is not changed
});

test('without a root, absolute paths move with the folder that they have in common', () => {
  const config = {
    data: {
      labeled: { annotations: '/old/set/annotations/train.json', images: '/old/set/train' },
      validation: { annotations: '/old/set/annotations/val.json', images: '/old/set/val' },
    },
  };
  expect(data(moveData(config, '/new', '/run'))).toEqual({
    root: '/new',
    labeled: { annotations: '/new/annotations/train.json', images: '/new/train' },
    validation: { annotations: '/new/annotations/val.json', images: '/new/val' },
  });
});

test('a relative path means one below the root, so absolute ones beside it stay', () => {
  const config = { data: { labeled: { voc: 'voc', sets: 'train' }, unlabeled: { images: '/photos' } } };
  expect(data(moveData(config, '/new', '/run'))).toEqual({
    root: '/new',
    labeled: { voc: 'voc', sets: 'train' },
    unlabeled: { images: '/photos' },
  });
});

test('a root that moves nothing is refused, and what is no config is left to be refused', () => {
  const config = { data: { root: '/old', labeled: { voc: '/a', sets: 'train' } } };
  expect(() => moveData(config, '/new', '/run')).toThrow(
    /"data.root" cannot be moved to \/new: no path of "data" is below \/old/,
  );
  expect(moveData([1], '/new', '/run')).toEqual([1]);
  expect(moveData({ data: 7 }, '/new', '/run')).toEqual({ data: 7 });
});

test('the config of a run can be moved as well', () => {
  const moved = applyOverrides(parseConfig(tinyConfig('/old')), ['data.root=/new', 'seed=3']);
  expect(moved.seed).toBe(3);
  expect(moved.data.labeled).toEqual({ annotations: '/new/train.json', images: '/new/images' });
  expect(moved.data.validation).toEqual({ annotations: '/new/val.json', images: '/new/images' });
});
