/**
 * Which predictions of two forward passes are about the same place, in both stages: `rpn`, every anchor, and `roi`,
 * every proposal of either view. Proposals carry no gradient; each view refines both its own and the other's.
 */
import { invertMap, joinBoxes, mapProposals, scaleBoxes, type AffineMap } from '@sed/geometry';
import type { Regions } from '@sed/tensor-ops';
import * as tf from '@tensorflow/tfjs-core';
import { movingMaps } from '../dense/map-dense-rows.ts';
import { takeRows } from '../layers/take-rows.ts';
import {
  distillationPairs as denseDistillationPairs,
  scalePairs as denseScalePairs,
  type DenseHead,
} from '../dense/pairs.ts';
import { pairOf } from '../pair-of.ts';
import type { PairFacts, PredictionPair } from '../types.ts';
import type { FasterRcnnContext } from './context.ts';
import type { FasterRcnnForward, RegionPredictions } from './forward.ts';
import { mapRegionDeltas } from './map-region-deltas.ts';
import { proposeNow, regionsOf } from './proposals.ts';
import { joinPredictions, predictRegions } from './region-head.ts';

/** The pair of the first stage, and the exponent of the stride of P2. */
export const RPN: DenseHead = { pair: { name: 'rpn', activation: 'sigmoid', classified: false }, finest: 2 };

/** The pair of the second stage. */
export const ROI: PairFacts = { name: 'roi', activation: 'softmax', classified: true };

/**
 * The predictions at the view's own proposals; made once and kept in the forward. Not in a tidy: they outlive the pair.
 */
export function ownPredictions(forward: FasterRcnnForward, context: FasterRcnnContext): RegionPredictions {
  const { settings } = context;
  forward.own ??= predictRegions(forward, regionsOf(proposeNow(forward, context, settings.rpn.pairs)), settings);
  return forward.own;
}

/**
 * `rpn`: level f of the full view with level f - shift of the reduced one, as RetinaNet's. `roi`: the proposals of the
 * full view and, 2^shift times as large, of the reduced one, refined on both (Eq 2 for two stages).
 */
export function scalePairs(
  full: FasterRcnnForward,
  reduced: FasterRcnnForward,
  shift: number,
  context: FasterRcnnContext,
): PredictionPair[] {
  requireTrueStrides('scalePairs', full, reduced);
  const dense = denseScalePairs(full, reduced, shift, RPN);
  const factor = 2 ** shift;
  const scaled = ({ boxes, images }: Regions, by: number): Regions => ({ boxes: scaleBoxes(boxes, by), images });
  const [ofFull, ofReduced] = [ownPredictions(full, context), ownPredictions(reduced, context)];
  const [a, b] = tf.tidy(() => {
    const { settings } = context;
    return [
      joinPredictions([ofFull, predictRegions(full, scaled(ofReduced.regions, factor), settings)]),
      joinPredictions([predictRegions(reduced, scaled(ofFull.regions, 1 / factor), settings), ofReduced]),
    ];
  });
  return [...dense, pairOf(ROI, { a: a, b: b })];
}

/**
 * `rpn`: every anchor, as RetinaNet's. `roi`: the proposals of teacher and student, refined by both (Eq 3). With maps
 * between the views each proposal is mapped to the other view, those that leave it are left out, and the teacher's
 * deltas are mapped to the student's region.
 */
export function distillationPairs(
  teacher: FasterRcnnForward,
  student: FasterRcnnForward,
  context: FasterRcnnContext,
  maps?: readonly AffineMap[],
): PredictionPair[] {
  requireTrueStrides('distillationPairs', teacher, student);
  const dense = denseDistillationPairs(teacher, student, context.anchorsOf, RPN, maps);
  const moving = movingMaps(maps, student.batch);
  const [ofTeacher, ofStudent] = [ownPredictions(teacher, context), ownPredictions(student, context)];
  if (moving !== undefined) return [...dense, mappedRegionPair(teacher, student, context, moving)];
  const { settings } = context;
  const [a, b] = tf.tidy(() => [
    joinPredictions([ofTeacher, predictRegions(teacher, ofStudent.regions, settings)]),
    joinPredictions([predictRegions(student, ofTeacher.regions, settings), ofStudent]),
  ]);
  return [...dense, pairOf(ROI, { a: a, b: b })];
}

function mappedRegionPair(
  teacher: FasterRcnnForward,
  student: FasterRcnnForward,
  context: FasterRcnnContext,
  maps: readonly AffineMap[],
): PredictionPair {
  const { settings } = context;
  const [ofTeacher, ofStudent] = [ownPredictions(teacher, context), ownPredictions(student, context)];
  const toStudent = mapRegions(ofTeacher.regions, maps, student.sizes);
  const toTeacher = mapRegions(ofStudent.regions, maps.map(invertMap), teacher.sizes);
  const [a, b] = tf.tidy(() => {
    const fromTeacher = rowsOf(ofTeacher, toStudent.kept);
    const fromStudent = rowsOf(ofStudent, toTeacher.kept);
    const mapped = (predictions: RegionPredictions, to: Regions): RegionPredictions => ({
      ...predictions,
      deltas: mapRegionDeltas(
        predictions.deltas,
        predictions.regions.boxes,
        to.boxes,
        maps,
        to.images,
        settings.roi.deltaWeights,
      ),
    });
    return [
      joinPredictions([
        mapped(fromTeacher, toStudent.regions),
        mapped(predictRegions(teacher, toTeacher.regions, settings), fromStudent.regions),
      ]),
      joinPredictions([predictRegions(student, toStudent.regions, settings), fromStudent]),
    ];
  });
  const all = ofTeacher.regions.images.length + ofStudent.regions.images.length;
  const leftOut = all - toStudent.kept.length - toTeacher.kept.length;
  return pairOf(ROI, { a: a, b: b, leftOut });
}

/** Regions in another view, and the rows of those that are in it. */
function mapRegions(
  { boxes, images }: Regions,
  maps: readonly AffineMap[],
  sizes: FasterRcnnForward['sizes'],
): { regions: Regions; kept: Int32Array } {
  const kept: number[] = [];
  const mapped: Float32Array[] = [];
  for (let row = 0; row < images.length; row++) {
    const image = images[row]!;
    const one = mapProposals(boxes.subarray(4 * row, 4 * row + 4), maps[image]!, sizes[image]!);
    if (one.kept.length === 0) continue;
    kept.push(row);
    mapped.push(one.boxes);
  }
  return {
    regions: { boxes: joinBoxes(mapped), images: Int32Array.from(kept, (row) => images[row]!) },
    kept: Int32Array.from(kept),
  };
}

function rowsOf({ regions, logits, deltas }: RegionPredictions, rows: Int32Array): RegionPredictions {
  const boxes = joinBoxes(Array.from(rows, (row) => regions.boxes.subarray(4 * row, 4 * row + 4)));
  return {
    regions: { boxes, images: Int32Array.from(rows, (row) => regions.images[row]!) },
    logits: takeRows(logits, rows),
    deltas: takeRows(deltas, rows),
  };
}

/** Anchors at torchvision's derived steps are not at the same places in two views, nor where maps expect them. */
function requireTrueStrides(caller: string, ...forwards: readonly FasterRcnnForward[]): void {
  for (const { levels, height, width } of forwards) {
    const odd = levels.find(({ stride, steps }) => steps && (steps.x !== stride || steps.y !== stride));
    if (!odd) continue;
    throw new Error(
      `${caller}: anchors of stride ${odd.stride} are ${odd.steps!.x} and ${odd.steps!.y} pixels apart on a batch of ${width}x${height} ` +
        `(anchors.strides 'derived'). Use 'fixed', torchvision's anchors at the true powers of two, or pad to a multiple of 64.`,
    );
  }
}
