/** The sizes of objects: Fig 2a and Fig 5 of the paper, pyramid levels, anchors. */
export {
  instanceSizes,
  instancesOf,
  PAPER_TEST_SIZE,
  resizeFactors,
  type Instances,
  type TestSize,
} from './instances.ts';
export {
  cumulativeShares,
  SIZE_EDGES,
  sizeDistribution,
  type Distribution,
  type Histogram,
} from './size-distribution.ts';
export {
  anchorValidRange,
  PAPER_RATES,
  PAPER_VALID_RANGE,
  validRangeShare,
  type RateShare,
  type SizeRange,
} from './valid-range.ts';
export { bestAnchors, fpnLevels, type AnchorGrid, type AnchorLevel, type BestAnchors } from './levels.ts';
export {
  datasetStats,
  type ClassStats,
  type DatasetStats,
  type LevelShare,
  type StatsOptions,
} from './dataset-stats.ts';
