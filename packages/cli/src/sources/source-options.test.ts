import { Command } from 'commander';
import { addSourceOptions, sourceSettingsOf, sourcesOf, type SourceChoices } from './source-options.ts';

const context = { path: (typed: string) => (typed.startsWith('/') ? typed : `/cwd/${typed}`) };

function choices(...argv: string[]): SourceChoices {
  const command = addSourceOptions(new Command('x').exitOverride().configureOutput({ writeErr: () => {} }));
  return command.parse(argv, { from: 'user' }).opts();
}
const sources = (...argv: string[]) => sourcesOf(choices(...argv), context);

test('each format alone', () => {
  expect(sources('--coco', 'a.json', 'b.json', '--images', 'dir')).toEqual([
    { annotations: ['/cwd/a.json', '/cwd/b.json'], images: '/cwd/dir' },
  ]);
  expect(sources('--voc', 'VOCdevkit', '--set', 'VOC2007/trainval', 'VOC2012/trainval')).toEqual([
    { voc: '/cwd/VOCdevkit', sets: ['VOC2007/trainval', 'VOC2012/trainval'] },
  ]);
  expect(sources('--yolo', '/d/data.yaml')).toEqual([{ yolo: '/d/data.yaml' }]);
  expect(sources('--yolo', '/d/data.yaml', '--set', 'train', 'val')).toEqual([
    { yolo: '/d/data.yaml', set: 'train' },
    { yolo: '/d/data.yaml', set: 'val' },
  ]);
  expect(sources('--images', 'photos/**/*.jpg', 'more')).toEqual([{ images: ['/cwd/photos/**/*.jpg', '/cwd/more'] }]);
});

test('several sources are told apart by their order', () => {
  const mixed = ['--images', 'p', '--coco', 'a.json', '--images', 'a', '--voc', 'v', '--set', 'train', '--images', 'q'];
  expect(sources(...mixed, '--coco', 'b.json', '--images', 'b')).toEqual([
    { images: ['/cwd/p'] },
    { annotations: ['/cwd/a.json'], images: '/cwd/a' },
    { voc: '/cwd/v', sets: ['train'] },
    { images: ['/cwd/q'] },
    { annotations: ['/cwd/b.json'], images: '/cwd/b' },
  ]);
});

test('what lacks its other half is wrong use', () => {
  expect(() => sources()).toThrow('No data: give --coco');
  expect(() => sources('--coco', 'a.json')).toThrow('--coco /cwd/a.json needs --images <folder> behind it.');
  expect(sources('--voc', 'v')).toMatchObject([{ voc: expect.stringMatching(/v$/) as string }]);
  expect(() => sources('--set', 'train')).toThrow('--set train has no --voc or --yolo before it.');
  expect(() => sources('--yolo', 'd.yaml', '--set', 'trainval')).toThrow('the sets train, val and test');
  expect(() => sources('--coco', 'a.json', '--images', 'x', 'y')).toThrow('has its folder already (/cwd/x)');
  expect(sourcesOf(choices('--coco', 'a.json'), context, { imagesOptional: true })).toHaveLength(1);
});

test('classes and faults', () => {
  expect(sourceSettingsOf(choices('--images', 'x'))).toEqual({ onFault: 'stop' });
  const argv = [
    '--classes',
    'cat, dog',
    '--leave-out-classes',
    'others',
    '--rename-classes',
    'Katze=cat',
    '--on-fault',
    'skip',
  ];
  expect(sourceSettingsOf(choices(...argv))).toEqual({
    classes: ['cat', 'dog'],
    leaveOutClasses: 'others',
    renameClasses: { Katze: 'cat' },
    onFault: 'skip',
  });
  expect(sourceSettingsOf(choices('--leave-out-classes', 'a,b')).leaveOutClasses).toEqual(['a', 'b']);
  expect(() => choices('--classes', 'a,,b')).toThrow('none empty');
  expect(() => choices('--rename-classes', 'a')).toThrow('old=new');
});
