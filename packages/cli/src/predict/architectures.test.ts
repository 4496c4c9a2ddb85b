/** From files as PyTorch people have them to detectors, and what is said of those that are none. */
import {
  createFasterRcnn,
  createRetinaNet,
  torchvisionFasterRcnn,
  torchvisionRetinaNet,
  type Detector,
} from '@sed/detectors';
import { openWeights, torchShape, writeSafetensors, type OpenedWeights } from '@sed/detectors/weights';
import { architectureOf, detectorFor } from './architectures.ts';

const CHANNELS = 8;
const fasterRcnn = (classes: number): Detector => {
  const base = torchvisionFasterRcnn(classes, 'resnet18');
  return createFasterRcnn({ ...base, fpn: { ...base.fpn, channels: CHANNELS }, roi: { ...base.roi, hidden: 16 } });
};
const retinaNet = (classes: number): Detector => {
  const base = torchvisionRetinaNet(classes, 'resnet18');
  return createRetinaNet({
    ...base,
    fpn: { ...base.fpn, channels: CHANNELS },
    head: { ...base.head, channels: CHANNELS, depth: 2 },
  });
};

/** All weights of a detector, zeros, under other names. */
const opened = (detector: Detector, rename: (name: string) => string | undefined): OpenedWeights => {
  const entries = detector.parameters.flatMap((spec) => {
    const name = rename(spec.name);
    const shape = torchShape(spec);
    return name === undefined
      ? []
      : [[name, { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) }] as const];
  });
  return openWeights(writeSafetensors(new Map(entries)), 'x.pth');
};
const build = (model: string, weights: OpenedWeights) => detectorFor(architectureOf(model), weights, 'x.pth');

test.each(['', 'model.', '_orig_mod.', 'module._orig_mod.', 'modelTeacher.'])(
  'a whole detector under "%s"',
  (prefix) => {
    const faster = build(
      'fasterrcnn-resnet18',
      opened(fasterRcnn(3), (name) => prefix + name),
    );
    expect([faster.classes, faster.firstId]).toEqual([3, 1]);
    expect(faster.detector.parameters).toEqual(fasterRcnn(3).parameters);
    const retina = build(
      'retinanet-resnet18',
      opened(retinaNet(3), (name) => prefix + name),
    );
    expect([retina.classes, retina.firstId]).toEqual([3, 0]);
    expect(retina.detector.parameters).toEqual(retinaNet(3).parameters);
  },
);

test('a head of another size is that of other classes', () => {
  expect(
    build(
      'fasterrcnn-resnet18',
      opened(fasterRcnn(7), (name) => name),
    ).classes,
  ).toBe(7);
});

test('the other family, a backbone alone, a part, something else: each with names that the file has', () => {
  const message = (model: string, weights: OpenedWeights): string => {
    try {
      build(model, weights);
      return 'built';
    } catch (error) {
      return (error as Error).message;
    }
  };
  const lightning = (name: string): string => `model.${name}`;
  expect(message('retinanet-resnet18', opened(fasterRcnn(3), lightning))).toBe(
    'x.pth is not a whole RetinaNet (it has no head.classification_head.cls_logits.weight) but a Faster R-CNN (--model).',
  );
  const body = (name: string): string | undefined =>
    name.startsWith('backbone.body.') ? name.replace('backbone.body.', '') : undefined;
  expect(message('fasterrcnn-resnet18', opened(fasterRcnn(3), body))).toMatch(
    /^x\.pth is not a whole Faster R-CNN \(.*\) but a backbone alone, which detects nothing: its names are "[^"]+", .* and \d+ more\.$/,
  );
  const part = (name: string): string | undefined => (name.includes('box_predictor') ? undefined : lightning(name));
  expect(message('fasterrcnn-resnet18', opened(fasterRcnn(3), part))).toMatch(
    /^x\.pth is not a whole Faster R-CNN \(it has no roi_heads\.box_predictor\.cls_score\.weight\)\. Its names are "model\.backbone\..*mmdetection/,
  );
  expect(
    message(
      'fasterrcnn-resnet18',
      opened(fasterRcnn(3), (name) => `yolo-${name.replaceAll('.', '-')}`),
    ),
  ).toMatch(/Its names are "yolo-/);
});

test('mmdetection’s and detectron2’s names build their networks', () => {
  const state = (names: Record<string, number[]>): OpenedWeights =>
    openWeights(
      writeSafetensors(
        new Map(
          Object.entries(names).map(([name, shape]) => [
            name,
            { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) },
          ]),
        ),
      ),
      'x.pth',
    );
  const detectron = build(
    'fasterrcnn-resnet50',
    state({
      'model.backbone.bottom_up.stem.conv1.weight': [64, 3, 7, 7],
      'model.backbone.fpn_lateral2.weight': [8, 256, 1, 1],
      'model.backbone.fpn_output2.weight': [8, 8, 3, 3],
      'model.roi_heads.box_head.fc1.weight': [16, 8 * 49],
      'model.roi_heads.box_predictor.cls_score.weight': [81, 16],
    }),
  );
  expect([detectron.classes, detectron.detector.name]).toEqual([80, expect.stringMatching(/Faster R-CNN|faster/i)]);
  const retina = (p6: number): OpenedWeights =>
    state({
      'backbone.conv1.weight': [64, 3, 7, 7],
      'neck.lateral_convs.0.conv.weight': [8, 512, 1, 1],
      'neck.fpn_convs.0.conv.weight': [8, 8, 3, 3],
      'neck.fpn_convs.1.conv.weight': [8, p6, 3, 3],
      'bbox_head.retina_cls.weight': [9 * 4, 8, 3, 3],
    });
  const p6Of = (p6: number): readonly number[] | undefined =>
    build('retinanet-resnet50', retina(p6)).detector.parameters.find(({ name }) => name.endsWith('p6.weight'))?.shape;
  expect([p6Of(2048), p6Of(8)]).toEqual([
    [3, 3, 2048, 8],
    [3, 3, 8, 8],
  ]);
});
