import { readFile } from 'node:fs/promises';
import type { Category } from '@sed/datasets-coco';
import { IMAGENET_DEVIATION, IMAGENET_MEAN, type Detector, type Parameters } from '@sed/detectors';
import { loadAllWeights, openWeights as openFile, type ImageStyle, type ModelRole } from '@sed/detectors/weights';
import type { PredictOptions, RunConfig } from '@sed/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { architectureOf, detectorFor } from './architectures.ts';
import type { BestScore } from './best-score.ts';
import { categoriesFor } from './categories.ts';

/** A detector that is ready to detect. */
export interface LoadedModel {
  /** What messages call it. */
  readonly name: string;
  readonly detector: Detector;
  readonly parameters: Parameters;
  readonly input: RunConfig['input'];
  /** How images become tensors, and how many at a time; without them as in the training of the run. */
  readonly transform?: PredictOptions['transform'];
  readonly batch?: number;
  /** Class index to COCO id and name. */
  readonly categories: readonly Category[];
  /** Of a run, where its evaluations have found one. */
  readonly bestScore?: BestScore;
  /** For the user. */
  readonly note?: string;
  readonly dispose: () => void;
}

export interface WeightsRequest {
  /** `fasterrcnn_resnet50_fpn`, `retinanet-<backbone>`, …: see `architectureOf`. */
  readonly model: string;
  readonly path: string;
  /** Short edge of the input in pixels. */
  readonly size: number;
  /** Class names in the order of the outputs. */
  readonly names?: readonly string[];
  /** The categories of an annotations file: they give the outputs their COCO ids and names. */
  readonly categories?: readonly Category[];
  /** Which model of a file that has a teacher and a student; without it the teacher. */
  readonly role?: ModelRole;
  /** What images the network was trained on, in place of what its names suggest. */
  readonly images?: ImageStyle;
  /** ε of the batch norms, in place of what the file suggests. */
  readonly normEpsilon?: number;
}

/** torchvision's long edge for its short one. */
const LONG_OF_SHORT = 1333 / 800;

/**
 * A detector out of a file of weights alone: what the file does not say (input size, classes) the request says. Images
 * are made ready as torchvision does, one at a time, as padding to others would move a few anchors.
 */
export async function openWeights(request: WeightsRequest): Promise<LoadedModel> {
  const architecture = architectureOf(request.model);
  const weights = openFile(await readFile(request.path), request.path, {
    ...(request.role === undefined ? {} : { model: request.role }),
    ...(request.images === undefined ? {} : { images: request.images }),
  });
  const { detector, note, ...outputs } = detectorFor(architecture, weights, request.path, request.normEpsilon);
  // mmdetection's files name their classes
  const named = weights.classNames?.length === outputs.classes ? weights.classNames : undefined;
  const names = request.names ?? named;
  const categories = categoriesFor(outputs, { ...request, ...(names === undefined ? {} : { names }) });
  const tensors = loadAllWeights(weights.tensors, detector.parameters, request.path);
  const notes = [...weights.notes, ...(note === undefined ? [] : [note])];
  return {
    name: `${detector.name} (${request.path})`,
    detector,
    parameters: tensors,
    input: {
      resize: {
        kind: 'short-edge',
        short: [request.size, request.size],
        long: Math.round(request.size * LONG_OF_SHORT),
      },
      flip: 0,
      antialias: false,
      minimumBoxSize: 1,
      canvas: null,
      mean: [...IMAGENET_MEAN],
      std: [...IMAGENET_DEVIATION],
    },
    transform: 'torchvision',
    batch: 1,
    categories,
    ...(notes.length === 0 ? {} : { note: notes.join(' ') }),
    dispose: () => tf.dispose([...tensors.values()]),
  };
}
