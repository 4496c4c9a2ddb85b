import { architectureOf } from './architectures.ts';
import { categoriesFor, type Outputs } from './categories.ts';

describe('what the outputs of a file of weights mean', () => {
  const categories = [
    { id: 1, name: 'person' },
    { id: 3, name: 'car' },
  ];
  const retina = (classes: number): Outputs => ({ classes, firstId: 0 });
  const faster = (classes: number): Outputs => ({ classes, firstId: 1 });

  test('in the order of the categories, or by COCO id as torchvision has it', () => {
    expect(categoriesFor(retina(2), { categories })).toEqual(categories);
    expect(categoriesFor(retina(4), { categories }).map((c) => `${c.id} ${c.name}`)).toEqual([
      '0 class 0',
      '1 person',
      '2 class 2',
      '3 car',
    ]);
  });

  test('names of the user, numbers without any', () => {
    expect(categoriesFor(retina(2), { names: ['a', 'car'], categories })).toEqual([
      { id: 1, name: 'a' },
      { id: 2, name: 'car' },
    ]);
    expect(categoriesFor(retina(2), {})).toEqual([
      { id: 1, name: 'class 1' },
      { id: 2, name: 'class 2' },
    ]);
    expect(categoriesFor(retina(91), {})[17]).toEqual({ id: 17, name: 'cat' });
    expect(categoriesFor(retina(91), {})[0]).toEqual({ id: 0, name: 'class 0' });
    expect(categoriesFor(faster(90), {})[16]).toEqual({ id: 17, name: 'cat' });
    // COCO's own names, however the annotations are numbered
    expect(categoriesFor(faster(90), { categories })[2]).toEqual({ id: 3, name: 'car' });
    expect(categoriesFor(faster(90), {}).at(-1)).toEqual({ id: 90, name: 'toothbrush' });
    expect(categoriesFor(faster(3), { categories }).map((c) => c.id)).toEqual([1, 2, 3]);
  });

  test('what does not fit is said', () => {
    expect(() => categoriesFor(retina(7), { categories })).toThrow(/have 7 outputs and --annotations has 2 categories/);
    expect(() => categoriesFor(retina(2), { names: ['a'] })).toThrow(
      /--classes has 1 names, the weights have 2 outputs/,
    );
  });
});

test('names of architectures, torchvision’s among them', () => {
  expect(architectureOf('fasterrcnn_resnet50_fpn')).toEqual({ kind: 'fasterrcnn', backbone: 'resnet50' });
  expect(architectureOf('retinanet_resnet50_fpn')).toEqual({ kind: 'retinanet', backbone: 'resnet50' });
  expect(architectureOf('retinanet')).toEqual({ kind: 'retinanet', backbone: 'resnet50' });
  expect(architectureOf('faster-rcnn-efficientnet-lite0')).toEqual({
    kind: 'fasterrcnn',
    backbone: 'efficientnet-lite0',
  });
  expect(() => architectureOf('fasterrcnn_resnet50_fpn_v2')).toThrow(/second versions are other networks/);
  expect(() => architectureOf('yolo')).toThrow(/--model is "yolo"; there are fasterrcnn_resnet50_fpn/);
  expect(() => architectureOf('retinanet-resnet51')).toThrow(/retinanet-resnet51/);
});
