/** The detectors that are timed, with random weights: shapes decide what a step costs. */
import {
  createFasterRcnn,
  createRetinaNet,
  lite0FasterRcnn,
  lite0RetinaNet,
  torchvisionFasterRcnn,
  torchvisionRetinaNet,
  type BackboneName,
  type Detector,
} from '@sed/detectors';
import { UsageError } from '../errors.ts';

export interface ModelChoices {
  readonly model: 'retinanet' | 'fasterrcnn';
  readonly backbone: BackboneName;
  readonly classes: number;
}

/** The most proposals of an image: the number decides what a step of two stages costs. */
interface Proposals {
  readonly proposals_per_view: number;
  readonly proposals_supervised: number;
}

export interface BenchModel {
  readonly detector: Detector;
  readonly proposals?: Proposals;
  /** Values that are trained, and values of all weights (statistics of norms not counted, which are buffers). */
  readonly parameters: { readonly trained: number; readonly all: number };
}

/** torchvision's numbers, proposals included, as the peer's; the narrow ones for EfficientNet-Lite0. */
export function createBenchModel({ model, backbone, classes }: ModelChoices): BenchModel {
  const lite = backbone === 'efficientnet-lite0';
  if (model === 'retinanet') {
    return counted(createRetinaNet(lite ? lite0RetinaNet(classes) : torchvisionRetinaNet(classes, backbone)));
  }
  const settings = lite ? lite0FasterRcnn(classes) : torchvisionFasterRcnn(classes, backbone);
  const { pairs, training } = settings.rpn;
  return {
    ...counted(createFasterRcnn(settings)),
    proposals: { proposals_per_view: pairs.proposals, proposals_supervised: training.proposals },
  };
}

function counted<F extends object>(detector: Detector<F>): BenchModel {
  const count = (of: (p: { trainable: boolean; buffer: boolean }) => boolean): number =>
    detector.parameters.filter(of).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  return {
    detector: detector,
    parameters: { trained: count((p) => p.trainable), all: count((p) => !p.buffer) },
  };
}

/** @throws UsageError for a size whose grids would not fit each other */
export function requireMultiple(size: number, multiple: number, why: string): void {
  if (size % multiple !== 0) throw new UsageError(`--size is ${size}; it must be a multiple of ${multiple}, ${why}.`);
}

/** Milliseconds to one decimal. */
export function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}

/** The most memory this process has held, in MiB. */
export function peakRssMib(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}
