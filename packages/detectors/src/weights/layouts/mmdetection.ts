/**
 * mmdetection's names for RetinaNet and Faster R-CNN on ResNets with a pyramid (mmdet/models: `resnet.py`, `fpn.py`,
 * `retina_head.py`, `rpn_head.py`, `convfc_bbox_head.py`), of versions 2 and 3. (Version 1 had the background first,
 * and boxes whose right edge was a pixel further; it called the head `bbox_head.fc_cls`.)
 *
 * Its anchors stand in torchvision's order (ratio by ratio). Its background is the last class; its box outputs have
 * none. Deltas need nothing: the deviations of its coders (0.1, 0.1, 0.2, 0.2 of regions, 1 elsewhere) are
 * torchvision's weights (10, 10, 5, 5 and 1) turned over.
 */
import type { Layout } from './layout.ts';
import { renamed } from './rename.ts';
import type { Rename } from './rename.ts';
import { backgroundFirst, withBackgroundBox } from './rows.ts';

const BODY = 'backbone.body.';

const NAMES: readonly Rename[] = [
  [/^backbone\.((?:conv1|bn1|layer\d+)\..+)$/, (_, rest) => BODY + rest],
  [/^neck\.lateral_convs\.(\d+)\.conv\.(\w+)$/, (_, i, part) => `backbone.fpn.inner_blocks.${i}.0.${part}`],
  [/^rpn_head\.rpn_conv\.(\w+)$/, (_, part) => `rpn.head.conv.0.0.${part}`],
  [/^rpn_head\.rpn_cls\.(\w+)$/, (_, part) => `rpn.head.cls_logits.${part}`],
  [/^rpn_head\.rpn_reg\.(\w+)$/, (_, part) => `rpn.head.bbox_pred.${part}`],
  [/^roi_head\.bbox_head\.shared_fcs\.(\d)\.(\w+)$/, (_, i, part) => `roi_heads.box_head.fc${6 + Number(i)}.${part}`],
  [/^roi_head\.bbox_head\.fc_cls\.(\w+)$/, (_, part) => `roi_heads.box_predictor.cls_score.${part}`],
  [/^roi_head\.bbox_head\.fc_reg\.(\w+)$/, (_, part) => `roi_heads.box_predictor.bbox_pred.${part}`],
  [
    /^bbox_head\.(cls|reg)_convs\.(\d+)\.conv\.(\w+)$/,
    (_, tower, i, part) => `head.${tower === 'cls' ? 'classification' : 'regression'}_head.conv.${i}.0.${part}`,
  ],
  [/^bbox_head\.retina_cls\.(\w+)$/, (_, part) => `head.classification_head.cls_logits.${part}`],
  [/^bbox_head\.retina_reg\.(\w+)$/, (_, part) => `head.regression_head.bbox_reg.${part}`],
];

const PYRAMID = /^neck\.fpn_convs\.(\d+)\.conv\.(\w+)$/;

export const mmdetection: Layout = {
  name: 'mmdetection',
  pattern: /backbone\.(?:conv1|bn1|layer[1-4])\.|neck\.(?:lateral_convs|fpn_convs)\.|rpn_head\.|roi_head\.|bbox_head\./,
  rename(names) {
    // its extra levels are numbered on from the pyramid's own
    const laterals = names.filter((name) => /^neck\.lateral_convs\.\d+\.conv\.weight$/.test(name)).length;
    return (name) => {
      const pyramid = PYRAMID.exec(name);
      if (!pyramid) return renamed(name, NAMES);
      const [, level, part] = pyramid;
      const extra = Number(level) - laterals;
      return laterals > 0 && extra >= 0
        ? `backbone.fpn.extra_blocks.p${6 + extra}.${part}`
        : `backbone.fpn.layer_blocks.${level}.0.${part}`;
    };
  },
  convert(name, weight) {
    if (name.startsWith('roi_heads.box_predictor.cls_score.')) return backgroundFirst(weight);
    return name.startsWith('roi_heads.box_predictor.bbox_pred.') ? withBackgroundBox(weight) : weight;
  },
};
