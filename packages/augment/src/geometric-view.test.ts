import { IDENTITY, mapBetween, mapBoxes } from '@sed/geometry';
import {
  GEOMETRIC_OPERATIONS,
  geometricMap,
  geometricView,
  mapView,
  PAPER_GEOMETRY_SETTINGS,
  PAPER_STRONG_SETTINGS,
  PAPER_STRONGER_SETTINGS,
  strongView,
  weakView,
  type Color,
  type StrongSettings,
} from './index.ts';

const FILL: Color = [124, 116, 104];
const close = (got: ArrayLike<number>, wanted: ArrayLike<number>, tolerance = 1e-3) => {
  expect(got.length).toBe(wanted.length);
  for (let i = 0; i < got.length; i++) expect(Math.abs(got[i]! - wanted[i]!)).toBeLessThanOrEqual(tolerance);
};
const draws = (...values: number[]) => {
  const next = () => {
    if (values.length === 0) throw new Error('one draw too many');
    return values.shift()!;
  };
  return { next, left: values };
};
/** Lehmer's. */
const stream = (seed: number) => {
  let state = seed + 1;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
};

/** Gray, with a bright square where each box is. */
function scene(width: number, height: number, boxes: number[][]) {
  const pixels = new Uint8Array(width * height * 3).fill(60);
  for (const [x1, y1, x2, y2] of boxes) {
    for (let y = y1!; y < y2!; y++) pixels.fill(250, (y * width + x1!) * 3, (y * width + x2!) * 3);
  }
  const objects = { boxes: Float32Array.from(boxes.flat()), labels: Int32Array.from(boxes.keys()) };
  const settings = { resize: { kind: 'fit', long: Math.max(width, height), short: Math.min(width, height), scale: [1, 1] }, flip: 0 } as const; // prettier-ignore
  return weakView({ width, height, pixels }, objects, settings, () => 0.5);
}

describe('level 5 of each operation, by hand, on 200 x 100', () => {
  const box = [80, 40, 120, 60];
  const weak = scene(200, 100, [box]);
  const [c, s] = [Math.cos(Math.PI / 12), Math.sin(Math.PI / 12)];
  // about (100, 50): the half sides 20 and 10 of the box turn or shear
  const around = (w: number, h: number) => [100 - w, 50 - h, 100 + w, 50 + h];
  test.each([
    ['rotate', around(20 * c + 10 * s, 20 * s + 10 * c)],
    ['translate-x', [61, 40, 101, 60]], // 200 * 0.09375 = 18.75 to the left
    ['translate-y', [80, 31, 120, 51]], // 100 * 0.09375 = 9.375 upwards
    ['shear-x', around(20 + 1.5, 10)],
    ['shear-y', around(20, 10 + 3)],
  ] as const)('%s', (operation, wanted) => {
    const settings = { probability: 1, operations: [operation], level: 5 };
    const view = geometricView(weak, settings, FILL, draws(0, 0, 0).next); // yes, the only one, negative
    close(view.boxes, wanted);
    close(mapBoxes(weak.boxes, mapBetween(weak, view)), view.boxes);
    // the bright pixels are where the box says
    let [x1, y1, x2, y2] = [Infinity, Infinity, 0, 0];
    view.pixels.forEach((value, i) => {
      if (value < 200) return;
      const [x, y] = [Math.floor(i / 3) % 200, Math.floor(i / 600)];
      [x1, y1, x2, y2] = [Math.min(x1, x), Math.min(y1, y), Math.max(x2, x + 1), Math.max(y2, y + 1)];
    });
    close([x1, y1, x2, y2], wanted, 1.6);
    const other = geometricView(weak, settings, FILL, draws(0, 0, 0.5).next);
    expect(other.geometry).not.toEqual(view.geometry);
    close(mapBoxes(other.boxes, mapBetween(other, weak)), mapBoxes(view.boxes, mapBetween(view, weak)));
  });
});

test('boxes that leave are clipped, and left out with their labels below the least visible part', () => {
  const weak = scene(100, 100, [
    [10, 10, 30, 30], // moved 20 to the left: half of it stays
    [0, 40, 21, 60], // 1 of 21 columns stays
    [60, 60, 80, 80],
    [2, 70, 18, 80], // gone
  ]);
  const left = mapView(weak, geometricMap('translate-x', -0.2, 100, 100), FILL);
  expect([...left.boxes]).toEqual([0, 10, 10, 30, 40, 60, 60, 80]);
  expect([...left.labels]).toEqual([0, 2]);
  expect([...left.kept]).toEqual([0, 2]);
  expect([...mapView(weak, geometricMap('translate-x', -0.2, 100, 100), FILL, 0).labels]).toEqual([0, 1, 2]);
  expect([...mapView(weak, geometricMap('translate-x', -0.2, 100, 100), FILL, 0.6).labels]).toEqual([2]);
  // rows of the source, through both steps
  const again = mapView(left, geometricMap('translate-x', -0.2, 100, 100), FILL);
  expect([...again.kept]).toEqual([2]);
  expect(again.geometry).toEqual([1, 0, -40, 0, 1, 0]);
});

test('each operation comes with its share, both signs, and only as often as asked', () => {
  const weak = scene(20, 20, []);
  const random = stream(3);
  const counts = new Map<string, number>();
  const names = new Map(
    GEOMETRIC_OPERATIONS.flatMap((operation) =>
      [1, -1].map((sign) => {
        const maximum = { rotate: 30, translate: 0.1875, shear: 0.3 }[operation.split('-')[0] as 'rotate'];
        return [geometricMap(operation, (sign * maximum) / 2, 20, 20).join(), `${operation} ${sign}`] as const;
      }),
    ),
  );
  const rounds = 4000;
  for (let i = 0; i < rounds; i++) {
    const { geometry } = geometricView(weak, { ...PAPER_GEOMETRY_SETTINGS, probability: 0.5 }, FILL, random);
    const name = geometry === weak.geometry ? 'none' : names.get(geometry.join())!;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  expect(counts.get('none')! / rounds).toBeCloseTo(0.5, 1);
  for (const name of names.values()) expect(Math.abs(counts.get(name)! / rounds - 0.05)).toBeLessThan(0.015);
});

test('a strong view: colors as without geometry, then moved, then upright cutouts', () => {
  const weak = scene(64, 48, [[20, 15, 44, 33]]);
  const cutouts = [{ probability: 1, scale: [0.1, 0.1], ratio: [1, 1] }] as const;
  const base: StrongSettings = { ...PAPER_STRONG_SETTINGS, cutouts: [] };
  const geometry = { probability: 1, operations: ['rotate'], level: 5 } as const;
  const colors = strongView(weak, base, stream(8));
  const moved = strongView(weak, { ...base, geometry }, stream(8));
  const sign = moved.geometry[1] < 0 ? 1 : -1;
  expect(moved.pixels).toEqual(mapView(colors, geometricMap('rotate', 15 * sign, 64, 48), FILL).pixels);
  expect(weak.geometry).toEqual(IDENTITY);
  expect(moved.boxes).not.toEqual(weak.boxes);
  close(mapBoxes(weak.boxes, mapBetween(weak, moved)), moved.boxes);
  const cut = strongView(weak, { ...base, geometry, cutouts }, stream(8));
  const side = Math.round(Math.sqrt(0.1 * 64 * 48));
  const rows = new Set<number>();
  cut.pixels.forEach((value, i) => {
    if (value !== moved.pixels[i]) rows.add(Math.floor(i / (64 * 3)));
  });
  expect(rows.size).toBeGreaterThan(0);
  expect(Math.max(...rows) - Math.min(...rows)).toBeLessThan(side);
});

test('without geometry, or at probability 0, the draws, pixels and geometry are those of before', () => {
  const weak = scene(64, 48, [[20, 15, 44, 33]]);
  const plain = strongView(weak, PAPER_STRONG_SETTINGS, stream(5));
  const never = strongView(
    weak,
    { ...PAPER_STRONGER_SETTINGS, geometry: { ...PAPER_GEOMETRY_SETTINGS, probability: 0 } },
    stream(5),
  );
  expect(never.pixels).toEqual(plain.pixels);
  expect(never.geometry).toBe(weak.geometry);
  expect(mapBetween(weak, never)).toBe(IDENTITY);
  expect(strongView(weak, PAPER_STRONGER_SETTINGS, stream(5)).geometry).not.toEqual(weak.geometry);
});

test('level 0 moves nothing', () => {
  const weak = scene(64, 48, [[20, 15, 44, 33]]);
  for (const operation of GEOMETRIC_OPERATIONS) {
    const view = geometricView(weak, { probability: 1, operations: [operation], level: 0 }, FILL, stream(1));
    expect(view.pixels).toEqual(weak.pixels);
    expect(view.boxes).toEqual(weak.boxes);
  }
});

test('settings out of range are named', () => {
  const weak = scene(8, 8, []);
  const view = (changes: object) => () =>
    geometricView(weak, { ...PAPER_GEOMETRY_SETTINGS, ...changes }, FILL, () => 0);
  expect(view({ level: 11 })).toThrow('geometry.level: 11; it must be from 0 to 10');
  expect(view({ probability: 2 })).toThrow('geometry.probability: 2');
  expect(view({ minimumVisible: NaN })).toThrow('geometry.minimumVisible: null');
  expect(view({ operations: [] })).toThrow('geometry.operations: []');
  expect(view({ operations: ['zoom'] })).toThrow('geometry.operations: "zoom"');
});
