/** Settings that no RetinaNet can have, by name. */
import { settingChecks } from '../setting-checks.ts';
import type { RetinaNetSettings } from './settings.ts';

const { notNegative, positive, require, share, whole } = settingChecks('RetinaNet');

/** @throws for the first setting that no RetinaNet can have; names it, its value and its range */
export function checkSettings(settings: RetinaNetSettings): void {
  const { classes, backbone, fpn, head, anchors, matching, loss, detection } = settings;

  whole('classes', classes, 1);
  whole('backbone.trainableStages', backbone.trainableStages, 0, 5);
  notNegative('backbone.normEpsilon', backbone.normEpsilon);
  whole('fpn.channels', fpn.channels, 1);
  positive('fpn.lateralGain', fpn.lateralGain);
  whole('head.depth', head.depth, 0);
  whole('head.channels', head.channels, 1);
  require('head.prior', head.prior, head.prior > 0 && head.prior < 1, 'between 0 and 1');
  positive('anchors.side', anchors.side);
  whole('anchors.octaveScales', anchors.octaveScales, 1);
  whole('anchors.ratios.length', anchors.ratios.length, 1);
  anchors.ratios.forEach((ratio, i) => positive(`anchors.ratios[${i}]`, ratio));
  share('anchors.centerOffset', anchors.centerOffset);
  share('matching.foregroundIou', matching.foregroundIou);
  require('matching.backgroundIou', matching.backgroundIou, matching.backgroundIou >= 0 &&
    matching.backgroundIou <= matching.foregroundIou, `from 0 to matching.foregroundIou (${matching.foregroundIou})`);
  share('loss.focalAlpha', loss.focalAlpha);
  notNegative('loss.focalGamma', loss.focalGamma);
  share('detection.scoreThreshold', detection.scoreThreshold);
  whole('detection.candidatesPerLevel', detection.candidatesPerLevel, 1);
  share('detection.nmsIou', detection.nmsIou);
  whole('detection.maxDetections', detection.maxDetections, 1);
  if (head.depth === 0 && head.channels !== fpn.channels) {
    throw new Error(
      `RetinaNet setting head.channels is ${head.channels}; without towers (head.depth 0) it must be fpn.channels (${fpn.channels}).`,
    );
  }
}
