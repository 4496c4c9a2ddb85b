import { imageIds } from './image-ids.ts';

test.each<[string, string[], number[]]>([
  ['digits', ['000012', '000005'], [12, 5]],
  ['VOC 2012 beside VOC 2007', ['VOC2012/2007_000032', 'VOC2007/000005'], [2007000032, 5]],
  ['paths with extensions', ['/a/000000000139.jpg', '/a/000000000025.png'], [139, 25]],
  ['one name that is no number', ['000012', 'x', '000005'], [2, 3, 1]],
  ['the same number twice', ['a/1.jpg', 'b/01.jpg'], [1, 2]],
  ['zero, which is no id', ['000000', '000001'], [1, 2]],
  ['more digits than a number holds', ['99999999999999999999', '1'], [2, 1]],
  ['names listed twice', ['b', 'a', 'b'], [2, 1]],
])('%s', (_, names, ids) => {
  const found = imageIds(names);
  expect(names.slice(0, ids.length).map((name) => found.get(name))).toEqual(ids);
});
