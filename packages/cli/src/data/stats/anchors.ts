import { PAPER_VALID_RANGE } from '@sed/datasets-coco/stats';
import { retinaNetFacts, torchvisionRetinaNet } from '@sed/detectors';
import { type RunConfig } from '@sed/trainer';
import { anchorGrid, configuredAnchors, type AnchorView } from '@sed/trainer/data';

/** What sizes are held against: the range alone, where a detector has no anchors. */
export type SizeView = Pick<AnchorView, 'range' | 'note'> & Partial<Pick<AnchorView, 'grid'>>;

/** The anchors of a run's detector, or the paper's range where it has none. */
export function anchorsOfRun(detector: RunConfig['detector']): SizeView {
  if ('anchors' in detector) return configuredAnchors(detector);
  return {
    range: PAPER_VALID_RANGE,
    note: 'The valid range is the paper’s, of anchors from 32 to 512 pixels at an IoU of 0.5; the config’s detector has no anchors.',
  };
}

/** The paper's range (Fig 5); levels by torchvision's RetinaNet, the anchors of COCO's recipes. */
export function paperAnchors(): AnchorView {
  return {
    range: PAPER_VALID_RANGE,
    grid: anchorGrid(torchvisionRetinaNet(1).anchors, retinaNetFacts),
    note: 'The valid range is the paper’s, of anchors from 32 to 512 pixels at an IoU of 0.5; the levels are those of torchvision’s RetinaNet.',
  };
}
