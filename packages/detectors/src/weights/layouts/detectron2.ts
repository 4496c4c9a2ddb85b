/**
 * detectron2's names for RetinaNet and Faster R-CNN on ResNets with a pyramid (detectron2/modeling: `resnet.py`,
 * `fpn.py`, `retinanet.py`, `rpn.py`, `box_head.py`, `fast_rcnn.py`). Unbiased Teacher and what follows it are
 * detectron2.
 *
 * The anchors of a RetinaNet's cell stand scale by scale, torchvision's ratio by ratio. Its background is the last
 * class; its box outputs have none.
 */
import type { Layout } from './layout.ts';
import { renamed } from './rename.ts';
import type { Rename } from './rename.ts';
import { backgroundFirst, ratiosFirst, withBackgroundBox } from './rows.ts';

const BODY = 'backbone.body.';
const layer = (stage: string): string => `${BODY}layer${Number(stage) - 1}`;

const NAMES: readonly Rename[] = [
  [/^backbone\.bottom_up\.stem\.conv1\.norm\.(\w+)$/, (_, part) => `${BODY}bn1.${part}`],
  [/^backbone\.bottom_up\.stem\.conv1\.weight$/, () => `${BODY}conv1.weight`],
  [
    /^backbone\.bottom_up\.res(\d)\.(\d+)\.conv(\d)\.norm\.(\w+)$/,
    (_, stage, block, i, part) => `${layer(stage)}.${block}.bn${i}.${part}`,
  ],
  [
    /^backbone\.bottom_up\.res(\d)\.(\d+)\.conv(\d)\.weight$/,
    (_, stage, block, i) => `${layer(stage)}.${block}.conv${i}.weight`,
  ],
  [
    /^backbone\.bottom_up\.res(\d)\.(\d+)\.shortcut\.norm\.(\w+)$/,
    (_, stage, block, part) => `${layer(stage)}.${block}.downsample.1.${part}`,
  ],
  [
    /^backbone\.bottom_up\.res(\d)\.(\d+)\.shortcut\.weight$/,
    (_, stage, block) => `${layer(stage)}.${block}.downsample.0.weight`,
  ],
  [/^backbone\.top_block\.(p\d)\.(\w+)$/, (_, level, part) => `backbone.fpn.extra_blocks.${level}.${part}`],
  [/^proposal_generator\.rpn_head\.conv\.(\w+)$/, (_, part) => `rpn.head.conv.0.0.${part}`],
  [/^proposal_generator\.rpn_head\.objectness_logits\.(\w+)$/, (_, part) => `rpn.head.cls_logits.${part}`],
  [/^proposal_generator\.rpn_head\.anchor_deltas\.(\w+)$/, (_, part) => `rpn.head.bbox_pred.${part}`],
  [/^roi_heads\.box_head\.fc(\d)\.(\w+)$/, (_, i, part) => `roi_heads.box_head.fc${5 + Number(i)}.${part}`],
  [/^(roi_heads\.box_predictor\.(?:cls_score|bbox_pred)\.\w+)$/, (_, name) => name],
  // the towers count their ReLUs
  [
    /^head\.(cls|bbox)_subnet\.(\d+)\.(\w+)$/,
    (_, tower, i, part) =>
      `head.${tower === 'cls' ? 'classification' : 'regression'}_head.conv.${Number(i) / 2}.0.${part}`,
  ],
  [/^head\.cls_score\.(\w+)$/, (_, part) => `head.classification_head.cls_logits.${part}`],
  [/^head\.bbox_pred\.(\w+)$/, (_, part) => `head.regression_head.bbox_reg.${part}`],
];

const PYRAMID = /^backbone\.fpn_(lateral|output)(\d)\.(\w+)$/;

/** Of a RetinaNet's cell in every published config. */
const ANCHORS = { scales: 3, ratios: 3 };

export const detectron2: Layout = {
  name: 'detectron2',
  pattern:
    /backbone\.(?:bottom_up|fpn_lateral\d|fpn_output\d|top_block)\.|proposal_generator\.|roi_heads\.box_head\.fc1\.|head\.(?:cls_subnet|bbox_subnet|cls_score|bbox_pred)\./,
  rename(names) {
    const levels = names.flatMap((name) => PYRAMID.exec(name)?.[2] ?? []).map(Number);
    const lowest = Math.min(...levels);
    return (name) => {
      const pyramid = PYRAMID.exec(name);
      if (!pyramid) return renamed(name, NAMES);
      const [, kind, level, part] = pyramid;
      return `backbone.fpn.${kind === 'lateral' ? 'inner' : 'layer'}_blocks.${Number(level) - lowest}.0.${part}`;
    };
  },
  convert(name, weight) {
    if (name.startsWith('roi_heads.box_predictor.cls_score.')) return backgroundFirst(weight);
    if (name.startsWith('roi_heads.box_predictor.bbox_pred.')) return withBackgroundBox(weight);
    return /^head\.\w+_head\.(?:cls_logits|bbox_reg)\./.test(name) ? ratiosFirst(weight, ANCHORS) : weight;
  },
};
