/** Settings that no Faster R-CNN can have, by name. */
import type { MatchingSettings } from '../dense/matcher.ts';
import { settingChecks } from '../setting-checks.ts';
import type { FasterRcnnSettings, ProposalCounts, SamplingSettings } from './settings.ts';

const { notNegative, positive, require, share, whole } = settingChecks('Faster R-CNN');

function matching(path: string, { foregroundIou, backgroundIou, lowQualityIou = 0 }: MatchingSettings): void {
  share(`${path}.foregroundIou`, foregroundIou);
  const fits = backgroundIou >= 0 && backgroundIou <= foregroundIou;
  require(`${path}.backgroundIou`, backgroundIou, fits, `from 0 to ${path}.foregroundIou (${foregroundIou})`);
  share(`${path}.lowQualityIou`, lowQualityIou);
}

function sampling(path: string, { count, positiveFraction }: SamplingSettings): void {
  whole(`${path}.count`, count, 1);
  share(`${path}.positiveFraction`, positiveFraction);
}

function counts(path: string, { candidatesPerLevel, proposals }: ProposalCounts): void {
  whole(`${path}.candidatesPerLevel`, candidatesPerLevel, 1);
  whole(`${path}.proposals`, proposals, 1);
}

/** @throws for the first setting that no Faster R-CNN can have; names it, its value and its range */
export function checkSettings(settings: FasterRcnnSettings): void {
  const { classes, backbone, fpn, anchors, rpn, roi, boxes, detection } = settings;
  whole('classes', classes, 1);
  whole('backbone.trainableStages', backbone.trainableStages, 0, 5);
  notNegative('backbone.normEpsilon', backbone.normEpsilon);
  whole('fpn.channels', fpn.channels, 1);
  positive('fpn.lateralGain', fpn.lateralGain);
  positive('anchors.side', anchors.side);
  whole('anchors.octaveScales', anchors.octaveScales, 1);
  whole('anchors.ratios.length', anchors.ratios.length, 1);
  anchors.ratios.forEach((ratio, i) => positive(`anchors.ratios[${i}]`, ratio));
  share('anchors.centerOffset', anchors.centerOffset);
  matching('rpn.matching', rpn.matching);
  sampling('rpn.sampling', rpn.sampling);
  share('rpn.nmsIou', rpn.nmsIou);
  notNegative('rpn.minSize', rpn.minSize);
  counts('rpn.training', rpn.training);
  counts('rpn.testing', rpn.testing);
  counts('rpn.pairs', rpn.pairs);
  whole('roi.hidden', roi.hidden, 1);
  whole('roi.poolSize', roi.poolSize, 1);
  whole('roi.samplingRatio', roi.samplingRatio, 0);
  matching('roi.matching', roi.matching);
  sampling('roi.sampling', roi.sampling);
  roi.deltaWeights.forEach((weight, i) => positive(`roi.deltaWeights[${i}]`, weight));
  notNegative('boxes.smoothL1Beta', boxes.smoothL1Beta);
  share('detection.scoreThreshold', detection.scoreThreshold);
  notNegative('detection.minSize', detection.minSize);
  share('detection.nmsIou', detection.nmsIou);
  whole('detection.maxDetections', detection.maxDetections, 1);
}
