import {
  PAPER_STRONG_SETTINGS,
  PAPER_WEAK_SETTINGS,
  strongView,
  testView,
  weakView,
  type StrongSettings,
  type WeakSettings,
} from './index.ts';
import { drawCutout } from './operations.ts';

/** Mulberry32. */
function stream(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function draws(...values: number[]): () => number {
  return () => {
    if (values.length === 0) throw new Error('one draw too many');
    return values.shift()!;
  };
}

function picture(width: number, height: number) {
  const random = stream(width * 1000 + height);
  return { width, height, pixels: Uint8Array.from({ length: width * height * 3 }, () => random() * 256) };
}

const twin: WeakSettings = { resize: { kind: 'fit', long: 320, short: 240, scale: [0.8, 1] } };
const objects = { boxes: Float32Array.of(64, 48, 320, 240, 10, 10, 11, 30), labels: Int32Array.of(2, 0) };

test('fit: 640 x 480 at scale 0.9, mirrored, by hand', () => {
  const view = weakView(picture(640, 480), objects, twin, draws(0.5, 0.49));
  expect([view.width, view.height]).toEqual([288, 216]);
  expect([...view.boxes]).toEqual([144, 21.6, 259.2, 108].map(Math.fround));
  expect([...view.labels]).toEqual([2]);
  expect([...view.kept]).toEqual([0]);
  expect(view.geometry).toEqual([-0.45, 0, 288, 0, 0.45, 0]);
});

test('fit: an upright image turns the frame too, and a round-off of a side scales the boxes by their own axis', () => {
  const view = weakView(picture(31, 40), objects, twin, draws(0.999999, 0.5));
  expect([view.width, view.height]).toEqual([240, 310]);
  expect(view.geometry).toEqual([240 / 31, 0, 0, 0, 310 / 40, 0]);
  expect(view.boxes.length).toBe(8);
});

test('short edge: drawn from 640..800, both ends possible, the long edge capped', () => {
  const size = (width: number, height: number, draw: number) => {
    const view = weakView(picture(width, height), objects, PAPER_WEAK_SETTINGS, draws(draw, 0.9));
    return [view.width, view.height];
  };
  expect(size(64, 48, 0)).toEqual([853, 640]);
  expect(size(48, 64, 0.9999)).toEqual([800, 1067]);
  expect(size(100, 30, 0.5)).toEqual([1333, 400]);
});

test('the test view is at full scale, never mirrored, and takes no draw', () => {
  const view = testView(picture(64, 48), { ...twin, flip: 1 }, objects);
  expect([view.width, view.height]).toEqual([320, 240]);
  expect(view.geometry[0]).toBe(5);
  expect(testView(picture(6, 4), PAPER_WEAK_SETTINGS).height).toBe(800);
  // large-scale jitter is tested at a size of its own
  const jitter = { kind: 'short-edge', short: [30, 120], long: 200, test: { short: 80, long: 110 } } as const;
  const sizeOf = ({ width, height }: { width: number; height: number }) => [width, height];
  expect(sizeOf(testView(picture(6, 4), { resize: jitter }))).toEqual([110, 73]);
  expect(sizeOf(testView(picture(5, 4), { resize: jitter }))).toEqual([100, 80]);
  expect(sizeOf(weakView(picture(6, 4), objects, { resize: jitter }, draws(0.9999, 0.9)))).toEqual([180, 120]);
  expect(sizeOf(weakView(picture(6, 4), objects, { resize: jitter }, draws(0, 0.9)))).toEqual([45, 30]);
});

test('minimumBoxSize 0 keeps every box', () => {
  const empty = { boxes: Float32Array.of(5, 5, 5, 5), labels: Int32Array.of(1) };
  expect(weakView(picture(64, 48), empty, { ...twin, minimumBoxSize: 0 }, draws(0, 0)).labels.length).toBe(1);
  expect(weakView(picture(64, 48), empty, twin, draws(0, 0)).labels.length).toBe(0);
});

test('a strong view keeps geometry and boxes, leaves its weak view alone, and repeats with the same draws', () => {
  const weak = weakView(picture(64, 48), objects, twin, draws(0.5, 0.1));
  const before = weak.pixels.slice();
  const one = strongView(weak, PAPER_STRONG_SETTINGS, stream(3));
  const again = strongView(weak, PAPER_STRONG_SETTINGS, stream(3));
  const other = strongView(weak, PAPER_STRONG_SETTINGS, stream(4));
  expect(weak.pixels).toEqual(before);
  expect(one.pixels).toEqual(again.pixels);
  expect(one.pixels).not.toEqual(other.pixels);
  expect(one.geometry).toBe(weak.geometry);
  expect(one.boxes).toBe(weak.boxes);
  expect([one.width, one.height]).toEqual([weak.width, weak.height]);
});

const off: StrongSettings = {
  jitter: { probability: 0, brightness: [1, 1], contrast: [1, 1], saturation: [1, 1] },
  grayscale: { probability: 0 },
  blur: { probability: 0, kernel: 23, sigma: [0.1, 2] },
  cutouts: [],
};

test('with everything off the strong view is the weak one', () => {
  const weak = testView(picture(30, 20), twin);
  expect(strongView(weak, off, stream(1)).pixels).toEqual(weak.pixels);
});

test('each part does what its setting says, and nothing else', () => {
  const weak = testView(picture(64, 48), twin);
  const gray = strongView(weak, { ...off, grayscale: { probability: 1 } }, stream(1));
  expect(gray.pixels.every((value, i) => value === gray.pixels[i - (i % 3)])).toBe(true);

  const cut = strongView(weak, { ...off, cutouts: [{ probability: 1, scale: [0.1, 0.1], ratio: [1, 1] }] }, stream(1));
  let covered = 0;
  for (let i = 0; i < cut.pixels.length; i += 3) {
    const filled = cut.pixels[i] === 124 && cut.pixels[i + 1] === 116 && cut.pixels[i + 2] === 104;
    if (filled) covered++;
    else if (cut.pixels[i] !== weak.pixels[i]) throw new Error(`value ${i} changed outside of the cutout`);
  }
  expect(covered).toBe(Math.round(Math.sqrt(0.1 * 320 * 240)) ** 2);

  const dark = strongView(
    weak,
    { ...off, jitter: { ...off.jitter, probability: 1, brightness: [0.5, 0.5] } },
    stream(1),
  );
  const light = (pixels: Uint8Array) => pixels.reduce((a, b) => a + b) / pixels.length;
  expect(light(dark.pixels) / light(weak.pixels)).toBeCloseTo(0.5, 1);
});

test('a random order of the jitter is drawn, the fixed one is not', () => {
  const weak = testView(picture(64, 48), { resize: { kind: 'fit', long: 32, short: 32, scale: [1, 1] } });
  const jitter = {
    ...off.jitter,
    probability: 1,
    brightness: [1.4, 1.4],
    contrast: [1.4, 1.4],
    hue: [0.2, 0.2],
  } as const;
  const results = (order: 'fixed' | 'random') =>
    new Set(
      [1, 2, 3, 4, 5, 6].map((seed) =>
        strongView(weak, { ...off, jitter: { ...jitter, order } }, stream(seed)).pixels.join(),
      ),
    );
  expect(results('fixed').size).toBe(1);
  expect(results('random').size).toBeGreaterThan(1);
});

test('cutouts have the area, the ratio and the place asked for, over many draws', () => {
  const random = stream(5);
  const [width, height] = [320, 256];
  const settings = PAPER_STRONG_SETTINGS.cutouts[0]!;
  let drawn = 0;
  const [areas, ratios]: number[][] = [[], []];
  for (let i = 0; i < 2000; i++) {
    const cut = drawCutout(width, height, settings, random);
    if (cut === undefined) continue;
    drawn++;
    areas!.push((cut.width * cut.height) / (width * height));
    ratios!.push(cut.height / cut.width);
    if (cut.x + cut.width > width || cut.y + cut.height > height)
      throw new Error(`${JSON.stringify(cut)} leaves the image`);
  }
  const expectRange = (values: number[], low: number, high: number, slack: number) => {
    expect(Math.min(...values)).toBeGreaterThan(low * (1 - slack));
    expect(Math.min(...values)).toBeLessThan(low * 1.1);
    expect(Math.max(...values)).toBeLessThan(high * (1 + slack));
    expect(Math.max(...values)).toBeGreaterThan(high * 0.9);
  };
  expectRange(areas!, 0.05, 0.2, 0.05);
  expectRange(ratios!, 0.3, 3.3, 0.05);
  expect(drawn / 2000).toBeGreaterThan(0.66);
  expect(drawn / 2000).toBeLessThan(0.74);
});

test('a cutout that cannot fit is given up after ten tries', () => {
  let taken = 0;
  const counting = () => (taken++, 0.5);
  expect(drawCutout(4, 4, { probability: 1, scale: [2, 2], ratio: [1, 1] }, counting)).toBeUndefined();
  expect(taken).toBe(1 + 10 * 2);
});

test('settings and images out of range are named', () => {
  const image = picture(4, 4);
  const bad = (resize: unknown) => () => weakView(image, objects, { resize } as WeakSettings, stream(1));
  expect(bad({ kind: 'short-edge', short: [800, 640], long: 1333 })).toThrow('resize.short: [800, 640]');
  expect(bad({ kind: 'fit', long: 320, short: 0, scale: [0.8, 1] })).toThrow('resize.short: 0');
  const untested = { kind: 'short-edge', short: [1, 2], long: 3, test: { short: 0, long: 9 } };
  expect(bad(untested)).toThrow('resize.test: short 0, long 9');
  expect(bad({ kind: 'short' })).toThrow(`resize.kind: "short"; it is 'short-edge' or 'fit'`);
  expect(() => weakView(image, { ...objects, labels: new Int32Array(1) }, twin, stream(1))).toThrow(
    '8 box values for 1 labels',
  );
  expect(() => strongView({ ...testView(image, twin), width: 3 }, off, stream(1))).toThrow('strongView: ');
});
