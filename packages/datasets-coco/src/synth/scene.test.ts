import type { Icon } from './icon.ts';
import { randomStream } from './random.ts';
import { composeScene, type Scene, type SceneIcons } from './scene.ts';
import { sceneRecipe } from './settings.ts';
import { poseIcon, SOLID, tintMatrix } from './sprite.ts';

const PLAIN = tintMatrix(0, 1, [1, 1, 1]);

/** An opaque rectangle of one color, so that its place in a scene can be computed by hand. */
function rectangle(name: string, width: number, height: number, color: readonly [number, number, number]): Icon {
  const levels = [256, 128, 64, 32, 16].map((size) => {
    const pixels = new Uint8Array(size * size * 4);
    const unit = size / 256;
    for (let y = Math.round(16 * unit); y < Math.round((16 + height) * unit); y++) {
      for (let x = Math.round(16 * unit); x < Math.round((16 + width) * unit); x++) {
        pixels.set([...color, 255], (y * size + x) * 4);
      }
    }
    return { size, pixels };
  });
  return { name, levels, frame: { x: 16, y: 16, width, height } };
}

const icons: SceneIcons = {
  classes: [
    [rectangle('flat', 192, 96, [250, 20, 20])],
    [rectangle('tall', 64, 192, [20, 250, 20]), rectangle('square', 128, 128, [20, 20, 250])],
  ],
  clutter: [rectangle('gray', 128, 128, [90, 90, 90])],
};

const recipe = sceneRecipe(160, 120, { difficulty: 'hard', classes: ['ball', 'bird'] });
const scenes: Scene[] = Array.from({ length: 150 }, (_, i) => composeScene(randomStream(5, 'scene', i), icons, recipe));

test('a sprite has the size, the angle and the color asked for', () => {
  const pose = { size: 48, angle: 0, stretch: 1, shear: 0, mirrored: false, tint: PLAIN };
  const level = poseIcon(icons.classes[0]![0]!, pose);
  const side = (sprite: typeof level, step: number, count: number) => {
    let longest = 0;
    for (let start = 0; start < sprite.pixels.length / 4; start++) {
      let run = 0;
      for (let i = start; run < count && i < sprite.pixels.length / 4 && sprite.pixels[i * 4 + 3]! >= SOLID; i += step)
        run++;
      longest = Math.max(longest, run);
    }
    return longest;
  };
  // 192 x 96 of area 48²: 67.9 x 33.9.
  expect(Math.abs(side(level, 1, level.width) - 67.9)).toBeLessThan(1.1);
  expect(Math.abs(side(level, level.width, level.height) - 33.9)).toBeLessThan(1.1);
  expect(Math.abs(level.solid / 48 ** 2 - 1)).toBeLessThan(0.05);
  const turned = poseIcon(icons.classes[0]![0]!, { ...pose, angle: Math.PI / 2 });
  expect(Math.abs(side(turned, 1, turned.width) - 33.9)).toBeLessThan(1.1);
  const middle = (Math.floor(level.height / 2) * level.width + Math.floor(level.width / 2)) * 4;
  expect([...level.pixels.subarray(middle, middle + 4)]).toEqual([250, 20, 20, 255]);
});

test('a third of a turn of the hue moves red to green to blue', () => {
  const turn = tintMatrix((2 * Math.PI) / 3, 1, [1, 1, 1]);
  const red = [0, 3, 6].map((i) => turn[i]!);
  [0, 1, 0].forEach((wanted, i) => expect(red[i]!).toBeCloseTo(wanted, 6));
});

test('boxes and areas are those of the visible pixels, and nothing is hidden beyond the limit', () => {
  let objects = 0;
  for (const { objects: listed, owners, width } of scenes) {
    const visible = new Map<number, [number, number][]>();
    owners.forEach((owner, i) => {
      if (owner < 0) return;
      if (!visible.has(owner)) visible.set(owner, []);
      visible.get(owner)!.push([i % width, Math.floor(i / width)]);
    });
    expect([...visible.keys()].sort((a, b) => a - b)).toEqual([...listed.keys()]);
    listed.forEach(({ bbox, area, visible: fraction }, i) => {
      const pixels = visible.get(i)!;
      const [xs, ys] = [pixels.map(([x]) => x), pixels.map(([, y]) => y)];
      expect(bbox).toEqual([
        Math.min(...xs),
        Math.min(...ys),
        Math.max(...xs) - Math.min(...xs) + 1,
        Math.max(...ys) - Math.min(...ys) + 1,
      ]);
      expect(area).toBe(pixels.length);
      expect(fraction).toBeGreaterThanOrEqual(0.35);
      expect(fraction).toBeLessThanOrEqual(1);
      objects++;
    });
  }
  expect(objects).toBeGreaterThan(400);
});

test('the picture shows the object where its box says', () => {
  // One bright green thing, nothing else: where the picture is far greener than blue and red, it must be inside the
  // box.
  const lone = { ...recipe, objects: [1, 1], objectSize: [40, 40], clutter: [0, 0], shapes: [0, 0] } as const;
  const only: SceneIcons = { classes: [[rectangle('tall', 64, 192, [0, 255, 0])]], clutter: icons.clutter };
  let [inside, colors] = [0, 0];
  for (let i = 0; i < 30; i++) {
    const { pixels, objects, owners } = composeScene(randomStream(9, i), only, lone);
    expect(objects.length).toBe(1);
    owners.forEach((owner, pixel) => {
      if (owner !== 0) return;
      inside++;
      const [red, green, blue] = pixels.subarray(pixel * 3, pixel * 3 + 3);
      if (green! > red! + 20 && green! > blue! + 20) colors++;
    });
  }
  expect(colors / inside).toBeGreaterThan(0.9);
});

test('without variation things lie upright in their own colors', () => {
  const still = {
    ...recipe,
    objects: [1, 1],
    objectSize: [40, 40],
    clutter: [0, 0],
    shapes: [0, 0],
    variation: 0,
  } as const;
  const only: SceneIcons = { classes: [[rectangle('flat', 192, 96, [250, 20, 20])]], clutter: icons.clutter };
  const ratios: number[] = [];
  for (let i = 0; i < 20; i++) {
    const [{ bbox, visible }] = composeScene(randomStream(9, i), only, still).objects as [Scene['objects'][0]];
    if (visible === 1) ratios.push(bbox[2] / bbox[3]);
  }
  expect(ratios.length).toBeGreaterThan(5);
  for (const ratio of ratios) expect(Math.abs(ratio - 2)).toBeLessThan(0.15);
});

test('sizes are spread over the whole range, and some things are partly hidden', () => {
  const all = scenes.flatMap(({ objects }) => objects);
  const sizes = all.map(({ bbox }) => Math.log(bbox[2] * bbox[3]) / 2);
  const range = Math.max(...sizes) - Math.min(...sizes);
  expect(Math.exp(range)).toBeGreaterThan(12);
  for (let third = 0; third < 3; third++) {
    const low = Math.min(...sizes) + (third * range) / 3;
    expect(sizes.filter((size) => size >= low && size <= low + range / 3).length / sizes.length).toBeGreaterThan(0.12);
  }
  expect(all.filter(({ visible }) => visible < 0.8).length / all.length).toBeGreaterThan(0.1);
});

test('the same draws give the same pixels; a change of the drawing shows in these boxes', () => {
  const again = composeScene(randomStream(5, 'scene', 3), icons, recipe);
  expect(again.pixels).toEqual(scenes[3]!.pixels);
  expect(again.objects).toEqual(scenes[3]!.objects);
  expect(scenes[4]!.pixels).not.toEqual(scenes[3]!.pixels);
  expect(again.objects.map(({ category, bbox }) => [category, ...bbox])).toMatchInlineSnapshot(`
   [
     [
       1,
       98,
       12,
       38,
       44,
     ],
     [
       0,
       117,
       77,
       43,
       38,
     ],
     [
       0,
       85,
       49,
       75,
       49,
     ],
     [
       0,
       4,
       97,
       16,
       13,
     ],
     [
       0,
       120,
       69,
       15,
       10,
     ],
     [
       0,
       19,
       54,
       10,
       16,
     ],
   ]
  `);
});
