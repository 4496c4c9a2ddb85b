import { expectClose } from '@sed/testing';
import { expectSample, fixture, type Sample } from '../testing/hashed.ts';
import { baseAnchors, cachedGridAnchors, derivedSteps, gridAnchors } from './anchors.ts';
import { lite0RetinaNet, torchvisionRetinaNet } from '../retinanet/settings.ts';

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

test('exact anchors are centered on their cells', () => {
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

test('derived steps are torchvision’s: the image divided by the grid', () => {
  // P6 of a Faster R-CNN
  expect(derivedSteps({ height: 13, width: 21 }, { height: 800, width: 1344 })).toEqual({ x: 64, y: 61 });
  expect(derivedSteps({ height: 10, width: 16 }, { height: 608, width: 1024 })).toEqual({ x: 64, y: 60 });
  const { anchors } = torchvisionRetinaNet(3);
  const grid = { stride: 8, height: 2, width: 2 };
  const moved = gridAnchors(anchors, { ...grid, steps: { x: 7, y: 5 } });
  const plain = gridAnchors(anchors, grid);
  const last = plain.length - 4;
  expect([...moved.subarray(0, 36)]).toEqual([...plain.subarray(0, 36)]);
  expectClose(
    moved.subarray(last),
    plain.subarray(last).map((v, i) => v - (i % 2 === 0 ? 1 : 3)),
  );
  const anchorsOf = cachedGridAnchors(anchors);
  expect(anchorsOf({ ...grid, steps: { x: 7, y: 5 } })).not.toEqual(anchorsOf(grid));
});
