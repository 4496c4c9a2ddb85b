/** Against torchvision's LevelMapper and mmdetection's formula (tools/golden/roi_align.py). */
import { readFileSync } from 'node:fs';
import { assignRoiLevels } from './roi-levels.ts';

const golden = JSON.parse(readFileSync(new URL('../fixtures/roi-levels.json', import.meta.url), 'utf8')) as Record<
  'sides' | 'torchvision' | 'mmdetection',
  number[]
>;

test('assignRoiLevels gives the levels of torchvision and of mmdetection, also where they round', () => {
  const { sides, torchvision, mmdetection } = golden;
  const boxes = Float32Array.from(sides.flatMap((s) => [0, 0, s, s]));
  expect([...assignRoiLevels(boxes)]).toEqual(torchvision);
  expect([...assignRoiLevels(boxes, { kind: 'mmdetection' })]).toEqual(mmdetection);
  expect([...assignRoiLevels(Float32Array.of(0, 0, -5, 5, 9, 9, 2, 2))]).toEqual([0, 0]);
});
