/** What the stages need of the detector that they are part of. */
import type { Grid } from '../dense/anchors.ts';
import type { FasterRcnnSettings } from './settings.ts';

export interface FasterRcnnContext {
  readonly settings: FasterRcnnSettings;
  readonly anchorsOf: (grid: Grid) => Float32Array;
}
