import { expectClose } from '@sed/testing';
import { expectSample, fixture, type Sample } from '../testing/hashed.ts';
import { baseAnchors, cachedGridAnchors, gridAnchors } from './anchors.ts';
import { lite0RetinaNet, torchvisionRetinaNet } from './settings.ts';

interface Golden {
  side: number;
  baseAnchors: number[][];
  anchors: Sample;
  exactAnchors: Sample;
}
const golden = await fixture<Golden>('retinanet-units');
const strides = [8, 16, 32, 64, 128];

function all(settings: Parameters<typeof gridAnchors>[0]): number[] {
  return strides.flatMap((stride) => {
    const cells = golden.side / stride;
    return [...gridAnchors(settings, { stride, height: cells, width: cells })];
  });
}

test('rounded anchors of a cell are torchvision’s', () => {
  const { anchors } = torchvisionRetinaNet(3);
  strides.forEach((stride, i) => expect([...baseAnchors(anchors, stride)]).toEqual(golden.baseAnchors[i]));
});

test('rounded anchors of all grids are torchvision’s', () => {
  expectSample('anchors', all(torchvisionRetinaNet(3).anchors), golden.anchors, 1e-9);
});

test('exact anchors are centred on their cells', () => {
  const { anchors } = lite0RetinaNet(3);
  expectSample('exactAnchors', all(anchors), golden.exactAnchors, 1e-6);
  const box = gridAnchors({ ...anchors, ratios: [1], octaveScales: 1 }, { stride: 8, height: 2, width: 3 }).subarray(
    4 * 5,
  );
  expectClose(box, [20 - 12, 12 - 12, 20 + 12, 12 + 12]);
});

test('the cache gives the same array again, and forgets the oldest', () => {
  const anchorsOf = cachedGridAnchors(torchvisionRetinaNet(3).anchors, 2);
  const grid = (width: number) => ({ stride: 8, height: 1, width });
  const first = anchorsOf(grid(1));
  expect(anchorsOf(grid(1))).toBe(first);
  anchorsOf(grid(2));
  anchorsOf(grid(3));
  expect(anchorsOf(grid(1))).not.toBe(first);
  expect(anchorsOf(grid(1))).toEqual(first);
});
