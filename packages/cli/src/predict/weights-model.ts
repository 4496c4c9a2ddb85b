import { readFile } from 'node:fs/promises';
import type { Category } from '@sed/datasets-coco';
import {
  createRetinaNet,
  IMAGENET_DEVIATION,
  IMAGENET_MEAN,
  lite0RetinaNet,
  loadAllWeights,
  readWeights,
  torchvisionRetinaNet,
  type Detector,
  type Parameters,
  type RetinaNetSettings,
  type StateDict,
} from '@sed/detectors';
import type { RunConfig } from '@sed/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { UsageError } from '../errors.ts';

/** A detector that is ready to detect. */
export interface LoadedModel {
  /** What messages call it. */
  readonly name: string;
  readonly detector: Detector;
  readonly parameters: Parameters;
  readonly input: RunConfig['input'];
  /** Class index to COCO id and name. */
  readonly categories: readonly Category[];
  readonly dispose: () => void;
}

const BACKBONES = ['resnet18', 'resnet34', 'resnet50', 'resnet101', 'efficientnet-lite0'] as const;

export interface WeightsRequest {
  /** `retinanet` (ResNet-50) or `retinanet-<backbone>`. */
  readonly model: string;
  readonly path: string;
  /** Short edge of the input in pixels. */
  readonly size: number;
  /** Class names in the order of the outputs. */
  readonly names?: readonly string[];
  /** The categories of an annotations file: they give the outputs their COCO ids and names. */
  readonly categories?: readonly Category[];
}

/** A detector out of a file of weights alone: what the file does not say (input size, classes) the request says. */
export async function openWeights(request: WeightsRequest): Promise<LoadedModel> {
  const backbone = backboneOf(request.model);
  const stateDict = readWeights(await readFile(request.path), request.path);
  const settings = settingsFor(backbone, stateDict, request.path);
  const detector = createRetinaNet(settings);
  const tensors = loadAllWeights(stateDict, detector.parameters, request.path);
  return {
    name: `${detector.name} (${request.path})`,
    detector,
    parameters: tensors,
    input: {
      resize: {
        kind: 'short-edge',
        short: [request.size, request.size],
        long: Math.round((request.size * 1333) / 800),
      },
      flip: 0,
      // torchvision resizes without it.
      antialias: false,
      minimumBoxSize: 1,
      canvas: null,
      mean: [...IMAGENET_MEAN],
      std: [...IMAGENET_DEVIATION],
    },
    categories: categoriesFor(settings.classes, request),
    dispose: () => tf.dispose([...tensors.values()]),
  };
}

function backboneOf(model: string): (typeof BACKBONES)[number] {
  const name = model === 'retinanet' ? 'resnet50' : model.replace(/^retinanet[-_]/, '');
  const found = BACKBONES.find((b) => b === name);
  if (model !== name && found !== undefined) return found;
  throw new UsageError(
    `--model is "${model}"; there are ${['retinanet', ...BACKBONES.map((b) => `retinanet-${b}`)].join(', ')}.`,
  );
}

/** Classes, channels and depth are read off the shapes of the weights. */
function settingsFor(backbone: (typeof BACKBONES)[number], weights: StateDict, path: string): RetinaNetSettings {
  const base = backbone === 'efficientnet-lite0' ? lite0RetinaNet(1) : torchvisionRetinaNet(1, backbone);
  const shape = (end: string) => [...weights].find(([name]) => name.endsWith(end))?.[1].shape;
  const output = shape('head.classification_head.cls_logits.weight');
  if (output === undefined)
    throw new Error(
      `${path} has no head.classification_head.cls_logits.weight: it is not a whole RetinaNet (the weights of a backbone alone detect nothing).`,
    );
  const anchors = base.anchors.octaveScales * base.anchors.ratios.length;
  const classes = output[0]! / anchors;
  if (!Number.isInteger(classes))
    throw new Error(`${path} has ${output[0]} class outputs, which ${anchors} anchors a cell do not divide.`);
  const towers = [...weights.keys()].filter((name) =>
    /classification_head\.conv\.\d+(\.0)?\.weight$/.test(name),
  ).length;
  const channels =
    shape('fpn.layer_blocks.0.0.weight')?.[0] ?? shape('fpn.layer_blocks.0.weight')?.[0] ?? base.fpn.channels;
  return {
    ...base,
    classes,
    fpn: { ...base.fpn, channels },
    head: { ...base.head, depth: towers, channels: output[1]! },
  };
}

/** What the outputs mean: `--classes`, the categories of `--annotations` (in order, or by id as torchvision has it), or their numbers. */
export function categoriesFor(
  classes: number,
  { names, categories }: Pick<WeightsRequest, 'names' | 'categories'>,
): Category[] {
  const byId = categories !== undefined && classes === Math.max(...categories.map((c) => c.id)) + 1;
  if (names !== undefined) {
    if (names.length !== classes)
      throw new UsageError(`--classes has ${names.length} names, the weights have ${classes} outputs.`);
    return names.map((name, i) => ({ id: categories?.find((c) => c.name === name)?.id ?? i + 1, name }));
  }
  if (categories !== undefined && categories.length === classes) return [...categories];
  if (categories !== undefined && !byId) {
    throw new UsageError(
      `The weights have ${classes} outputs and --annotations has ${categories.length} categories: name the outputs with --classes.`,
    );
  }
  // torchvision's detectors number their outputs by COCO's ids; 91 is COCO.
  const offset = byId || classes === 91 ? 0 : 1;
  const nameOf = new Map(categories?.map((c) => [c.id, c.name]));
  return Array.from({ length: classes }, (_, i) => ({
    id: i + offset,
    name: nameOf.get(i + offset) ?? `class ${i + offset}`,
  }));
}
