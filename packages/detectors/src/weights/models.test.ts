/** Models behind the wrappers that PyTorch people have, two in one file, and names of detectron2 and of a DETR. */
import * as tf from '@tensorflow/tfjs';
import { archiveOf, op, pickleOf } from '../testing/torch-archive.ts';
import type { ParameterSpec } from '../types.ts';
import { loadAllWeights, openWeights, readWeights, writeSafetensors } from './index.ts';
import type { StateDict, StateTensor } from './index.ts';

/** A few names of a Faster R-CNN; the values say which model they are of. */
const NAMES = ['backbone.body.conv1.weight', 'backbone.fpn.inner_blocks.0.0.bias', 'rpn.head.cls_logits.bias'];
const scalar = (value: number): StateTensor => ({ shape: [1], data: Float32Array.of(value) });
const safetensors = (entries: Iterable<readonly [string, StateTensor]>): Uint8Array =>
  writeSafetensors(new Map(entries));
const under = (prefix: string, value = 1) => NAMES.map((name) => [prefix + name, scalar(value)] as const);
const valuesOf = (tensors: StateDict): number[] => [
  ...new Set([...tensors.values()].map(({ data }) => Number(data[0]))),
];

describe('one model', () => {
  test.each([
    ['plain', ''],
    ['Lightning', 'model.'],
    ['torch.compile', '_orig_mod.'],
    ['DataParallel', 'module.'],
    ['compiled, in DataParallel', 'module._orig_mod.'],
    ['Lightning, compiled', 'model._orig_mod.'],
    ['AveragedModel of DataParallel', 'module.module.'],
    ['an attribute of a Lightning module', 'faster_rcnn.'],
    ['Unbiased Teacher’s teacher alone', 'modelTeacher.'],
  ])('%s', (_, prefix) => {
    const file = safetensors([...under(prefix), ['n_averaged', scalar(9)], ['loss.weight', scalar(9)]]);
    const { tensors, layout, notes, names } = openWeights(file, 'x');
    expect([...tensors.keys()].filter((name) => !/n_averaged|loss/.test(name)).sort()).toEqual([...NAMES].sort());
    expect(layout).toBe('torchvision');
    expect(notes).toEqual([]);
    expect(names).toContain(`${prefix}rpn.head.cls_logits.bias`);
    // the loaders find it too, without openWeights
    const specs: ParameterSpec[] = NAMES.map((name) => ({
      name,
      shape: [1],
      layout: 'plain',
      trainable: true,
      buffer: false,
    }));
    const loaded = loadAllWeights(readWeights(file), specs, 'x');
    expect([...loaded.keys()]).toEqual(NAMES);
    tf.dispose([...loaded.values()]);
  });

  test('names that nobody knows keep their wrappers’ rest', () => {
    const names = (prefix: string) => [...openWeights(safetensors([[`${prefix}a.b`, scalar(1)]])).tensors.keys()];
    expect(names('module._orig_mod.')).toEqual(['a.b']);
    expect(names('other.')).toEqual(['other.a.b']);
  });
});

describe('a teacher and a student', () => {
  test.each([
    ['Unbiased Teacher', 'modelTeacher.', 'modelStudent.'],
    ['SoftTeacher', 'teacher.', 'student.'],
    ['in a Lightning module', 'model.teacher.module.', 'model.student.module.'],
    ['a moving average beside a model', 'ema.module.', 'model.'],
    ['a moving average beside a model without a prefix', 'model_ema.', ''],
  ])('%s', (_, teacher, student) => {
    const file = safetensors([...under(teacher, 1), ...under(student, 2)]);
    const open = (model?: 'teacher' | 'student') => openWeights(file, 'x.pth', model === undefined ? {} : { model });
    expect(valuesOf(open().tensors)).toEqual([1]);
    expect(valuesOf(open('teacher').tensors)).toEqual([1]);
    expect(valuesOf(open('student').tensors)).toEqual([2]);
    expect(open().notes).toEqual([expect.stringContaining(`the teacher is taken (${teacher}), not ${student}`)]);
    expect(open('student').notes[0]).toContain('the student is taken');
  });

  test.each(['model_ema', 'ema', 'teacher', 'state_dict_ema', 'averaged_model'])(
    'under a key of its own: %s beside model, and an optimizer that has tensors too',
    (key) => {
      const dict = (value: string): string => op.dict(...NAMES.flatMap((name) => [op.text(name), value]));
      const [teacher, student] = [op.tensor({ shape: [1] }), op.tensor({ offset: op.int(1), shape: [1] })];
      const optimizer = op.dict(op.text('state'), op.dict(op.text('step'), op.tensor({ shape: [1] })));
      const file = archiveOf(
        pickleOf(
          op.dict(op.text('optimizer'), optimizer, op.text('model'), dict(student), op.text(key), dict(teacher)),
        ),
      );
      expect(valuesOf(openWeights(file, 'x').tensors)).toEqual([1]);
      expect(valuesOf(openWeights(file, 'x', { model: 'student' }).tensors)).toEqual([2]);
    },
  );

  test('what the file has not is refused, what nothing tells apart too', () => {
    expect(() => openWeights(safetensors(under('modelStudent.')), 'x', { model: 'teacher' })).toThrow(
      /^x has no teacher: its one model is a student \(modelStudent\.\)/,
    );
    expect(openWeights(safetensors(under('model.')), 'x', { model: 'student' }).notes).toEqual([
      'x has one model, not a teacher and a student: it is taken.',
    ]);
    expect(() => openWeights(safetensors([...under('a.'), ...under('b.')]), 'x')).toThrow(
      /several of its keys have tensors \(a\., b\.\)/,
    );
    // a word within a word names nobody
    expect(() => openWeights(safetensors([...under('semantic.'), ...under('model.')]), 'x')).toThrow(
      /several of its keys/,
    );
  });
});

describe('detectron2', () => {
  const rows = (shape: number[]): StateTensor => ({
    shape,
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i),
  });
  const open = (entries: [string, StateTensor][]) =>
    openWeights(safetensors(entries.map(([name, weight]) => [`modelTeacher.${name}`, weight] as const)), 'x');

  test('names of a Faster R-CNN become torchvision’s', () => {
    const names: [string, string][] = [
      ['backbone.bottom_up.stem.conv1.weight', 'backbone.body.conv1.weight'],
      ['backbone.bottom_up.stem.conv1.norm.running_var', 'backbone.body.bn1.running_var'],
      ['backbone.bottom_up.res2.0.shortcut.weight', 'backbone.body.layer1.0.downsample.0.weight'],
      ['backbone.bottom_up.res2.0.shortcut.norm.bias', 'backbone.body.layer1.0.downsample.1.bias'],
      ['backbone.bottom_up.res5.2.conv3.weight', 'backbone.body.layer4.2.conv3.weight'],
      ['backbone.bottom_up.res5.2.conv3.norm.weight', 'backbone.body.layer4.2.bn3.weight'],
      ['backbone.fpn_lateral2.weight', 'backbone.fpn.inner_blocks.0.0.weight'],
      ['backbone.fpn_output5.bias', 'backbone.fpn.layer_blocks.3.0.bias'],
      ['proposal_generator.rpn_head.conv.weight', 'rpn.head.conv.0.0.weight'],
      ['proposal_generator.rpn_head.objectness_logits.bias', 'rpn.head.cls_logits.bias'],
      ['proposal_generator.rpn_head.anchor_deltas.bias', 'rpn.head.bbox_pred.bias'],
      ['roi_heads.box_head.fc1.weight', 'roi_heads.box_head.fc6.weight'],
      ['roi_heads.box_head.fc2.bias', 'roi_heads.box_head.fc7.bias'],
      ['roi_heads.box_predictor.cls_score.bias', 'roi_heads.box_predictor.cls_score.bias'],
      ['roi_heads.box_predictor.bbox_pred.bias', 'roi_heads.box_predictor.bbox_pred.bias'],
    ];
    const { tensors, layout, images, notes } = open(names.map(([name]) => [name, rows([3])]));
    expect([...tensors.keys()].sort()).toEqual(names.map(([, name]) => name).sort());
    expect([layout, images]).toEqual(['detectron2', 'caffe']);
    expect(notes).toEqual([
      expect.stringMatching(/the names of detectron2; taken for a network of BGR images of 0 to 255/),
    ]);
    // background from the last place to the first; boxes get the background's four
    expect([...tensors.get('roi_heads.box_predictor.cls_score.bias')!.data]).toEqual([2, 0, 1]);
    expect([...tensors.get('roi_heads.box_predictor.bbox_pred.bias')!.data]).toEqual([0, 0, 0, 0, 0, 1, 2]);
  });

  test('outputs of a RetinaNet: from scale by scale to ratio by ratio', () => {
    const { tensors } = open([
      ['backbone.fpn_lateral3.bias', rows([2])],
      ['backbone.fpn_output4.bias', rows([2])],
      ['backbone.top_block.p6.bias', rows([2])],
      ['head.cls_subnet.2.bias', rows([2])],
      ['head.bbox_subnet.6.bias', rows([2])],
      ['head.cls_score.bias', rows([18])], // 3 scales, 3 ratios, 2 classes
      ['head.bbox_pred.bias', rows([36])],
    ]);
    expect([...tensors.keys()].sort()).toEqual([
      'backbone.fpn.extra_blocks.p6.bias',
      'backbone.fpn.inner_blocks.0.0.bias',
      'backbone.fpn.layer_blocks.1.0.bias',
      'head.classification_head.cls_logits.bias',
      'head.classification_head.conv.1.0.bias',
      'head.regression_head.bbox_reg.bias',
      'head.regression_head.conv.3.0.bias',
    ]);
    expect([...tensors.get('head.classification_head.cls_logits.bias')!.data]).toEqual([
      0, 1, 6, 7, 12, 13, 2, 3, 8, 9, 14, 15, 4, 5, 10, 11, 16, 17,
    ]);
    expect([...tensors.get('head.regression_head.bbox_reg.bias')!.data].slice(0, 12)).toEqual([
      0, 1, 2, 3, 12, 13, 14, 15, 24, 25, 26, 27,
    ]);
  });
});

test.each([
  ['its authors’ names', 'transformer.encoder.layers.0.linear1.weight'],
  ['in Lightning', 'model.transformer.decoder.norm.weight'],
  ['Hugging Face’s', 'model.encoder.layers.0.self_attn.q_proj.weight'],
  ['mmdetection’s', 'decoder.layers.0.ffn.layers.1.weight'],
])('a DETR is told: %s', (_, name) => {
  expect(() => openWeights(safetensors([[name, scalar(1)]]), 'x.pth')).toThrow(
    /^x\.pth is a DETR \('.*'\): this library has none yet, only RetinaNet and Faster R-CNN\./,
  );
});

test('what mmdetection says of its classes, and of its images', () => {
  const names = ['backbone.conv1.weight', 'neck.lateral_convs.0.conv.bias', 'roi_head.bbox_head.fc_cls.bias'];
  const file = (config: string): Uint8Array =>
    archiveOf(
      pickleOf(
        op.dict(
          op.text('meta'),
          op.dict(
            op.text('cfg'),
            op.text(config),
            op.text('dataset_meta'),
            op.dict(op.text('classes'), op.tuple(op.text('cat'), op.text('dog'))),
          ),
          op.text('state_dict'),
          op.dict(...names.flatMap((name) => [op.text(name), op.tensor()])),
        ),
      ),
    );
  const caffe = openWeights(file("backbone=dict(style='caffe')"), 'x');
  expect([caffe.layout, caffe.images, caffe.classNames]).toEqual(['mmdetection', 'caffe', ['cat', 'dog']]);
  expect(caffe.notes[0]).toMatch(/as its config says/);
  const usual = openWeights(file("backbone=dict(style='pytorch')"), 'x');
  expect([usual.images, [...usual.tensors.get('roi_heads.box_predictor.cls_score.bias')!.data]]).toEqual([
    'torchvision',
    [4, 1, 2, 3],
  ]);
  expect(openWeights(file("style='caffe'"), 'x', { images: 'torchvision' }).images).toBe('torchvision');
});
