import { PAPER_VALID_RANGE } from '@sed/datasets-coco/stats';
import { torchvisionRetinaNet } from '@sed/detectors';
import { ANCHOR_LEVELS, anchorGrid, type AnchorView } from '@sed/trainer';

/** The paper's range (Fig 5); levels by torchvision's RetinaNet, the anchors of COCO's recipes. */
export function paperAnchors(): AnchorView {
  return {
    range: PAPER_VALID_RANGE,
    grid: anchorGrid(torchvisionRetinaNet(1).anchors, ANCHOR_LEVELS.retinanet),
    note: 'The valid range is the paper’s, of anchors from 32 to 512 pixels at an IoU of 0.5; the levels are those of torchvision’s RetinaNet.',
  };
}
