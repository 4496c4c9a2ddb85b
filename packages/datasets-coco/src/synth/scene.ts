/**
 * One made-up scene: things of known classes among clutter, over a background, with a box around what can be seen of
 * each.
 */

import { drawBackground } from './background.ts';
import type { Icon } from './icon.ts';
import { photograph } from './photograph.ts';
import { between, logBetween, pick, wholeBetween, type Random } from './random.ts';
import { drawShape, poseIcon, SOLID, tintMatrix, type Pose, type Sprite } from './sprite.ts';

/**
 * Numbers of a scene. Sizes are the square root of the area of a thing's frame, in pixels, log-uniform in their range.
 */
export interface SceneSettings {
  readonly width: number;
  readonly height: number;
  /** Things of a class in an image, both ends included; fewer where there is no room. */
  readonly objects: readonly [number, number];
  readonly objectSize: readonly [number, number];
  /** Icons of no class, and plain shapes. */
  readonly clutter: readonly [number, number];
  readonly shapes: readonly [number, number];
  readonly clutterSize: readonly [number, number];
  /**
   * Nothing is laid so that less than this fraction of a thing of a class stays visible; what is in the image is
   * annotated.
   */
  readonly minimumVisible: number;
  /** How far things are turned, stretched, sheared and tinted: 1 as far as the catalog's classes bear, 0 not at all. */
  readonly variation: number;
}

/** A thing of a class as it can be seen. */
export interface SceneObject {
  /** Index of its class. */
  readonly category: number;
  /** `x y w h`: tight around its visible pixels. */
  readonly bbox: readonly [number, number, number, number];
  /** Visible pixels. */
  readonly area: number;
  /** Visible pixels over all of its pixels, those outside of the image included. */
  readonly visible: number;
  readonly icon: string;
}

/** A scene: RGB rows, its objects, and for each pixel the object that is seen there (-1: none). */
export interface Scene {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly objects: readonly SceneObject[];
  readonly owners: Int16Array;
}

/** The icons of each class, and those of no class. */
export interface SceneIcons {
  readonly classes: readonly (readonly Icon[])[];
  readonly clutter: readonly Icon[];
}

interface Thing {
  readonly sprite: Sprite;
  readonly size: number;
  /** -1: clutter. */
  readonly category: number;
  readonly icon: string;
  /** Things are laid in this order, the last on top. */
  readonly depth: number;
}

const NOBODY = -1;
const TRIES = 20;
/** A thing of a class that shows fewer pixels is no example of anything. */
const LEAST_PIXELS = 24;

function drawPose(random: Random, size: number, variation: number): Pose {
  const level = random() < 0.7;
  const around = (center: number, low: number, high: number) =>
    center + variation * (between(random, low, high) - center);
  const hue = around(0, -0.35, 0.35);
  const saturation = around(1, 0.5, 1.25);
  const brightness = around(1, 0.6, 1.2);
  const gains = [0, 1, 2].map(() => brightness * around(1, 0.88, 1.12)) as [number, number, number];
  return {
    size,
    angle: level ? around(0, -0.5, 0.5) : around(0, -Math.PI, Math.PI),
    stretch: around(1, 0.75, 1.33),
    shear: around(0, -0.25, 0.25),
    mirrored: random() < 0.5,
    tint: tintMatrix(hue, saturation, gains),
  };
}

function drawThings(random: Random, icons: SceneIcons, settings: SceneSettings): Thing[] {
  const things: Thing[] = [];
  // Large things lie mostly below small ones, or a small one would rarely be seen.
  const depthOf = (size: number) => between(random, -0.7, 0.7) - Math.log(size);
  const add = (category: number, size: number, icon: Icon | undefined) => {
    const sprite =
      icon === undefined ? drawShape(random, size) : poseIcon(icon, drawPose(random, size, settings.variation));
    things.push({ sprite, size, category, icon: icon?.name ?? 'shape', depth: depthOf(size) });
  };
  for (let i = wholeBetween(random, ...settings.objects); i > 0; i--) {
    const category = wholeBetween(random, 0, icons.classes.length - 1);
    add(category, logBetween(random, ...settings.objectSize), pick(random, icons.classes[category]!));
  }
  for (let i = wholeBetween(random, ...settings.clutter); i > 0; i--) {
    add(NOBODY, logBetween(random, ...settings.clutterSize), pick(random, icons.clutter));
  }
  for (let i = wholeBetween(random, ...settings.shapes); i > 0; i--) {
    add(NOBODY, logBetween(random, ...settings.clutterSize), undefined);
  }
  return things.sort((a, b) => a.depth - b.depth);
}

/** Calls `visit(pixel of the image, offset into the sprite)` for each solid pixel of the sprite inside of the image. */
function forSolid(
  sprite: Sprite,
  left: number,
  top: number,
  width: number,
  height: number,
  visit: (pixel: number, at: number) => void,
): void {
  const [x1, x2] = [Math.max(0, -left), Math.min(sprite.width, width - left)];
  const [y1, y2] = [Math.max(0, -top), Math.min(sprite.height, height - top)];
  for (let y = y1; y < y2; y++) {
    for (let x = x1; x < x2; x++) {
      const at = (y * sprite.width + x) * 4;
      if (sprite.pixels[at + 3]! >= SOLID) visit((top + y) * width + left + x, at);
    }
  }
}

/** Lays `sprite` over `pixels`, or only its shadow. */
function blend(
  pixels: Uint8ClampedArray,
  sprite: Sprite,
  left: number,
  top: number,
  width: number,
  height: number,
  shadow: number,
): void {
  const [x1, x2] = [Math.max(0, -left), Math.min(sprite.width, width - left)];
  const [y1, y2] = [Math.max(0, -top), Math.min(sprite.height, height - top)];
  for (let y = y1; y < y2; y++) {
    for (let x = x1; x < x2; x++) {
      const at = (y * sprite.width + x) * 4;
      const alpha = sprite.pixels[at + 3]! / 255;
      if (alpha === 0) continue;
      const out = ((top + y) * width + left + x) * 3;
      const rest = 1 - alpha * (shadow > 0 ? shadow : 1);
      for (let c = 0; c < 3; c++) pixels[out + c] = pixels[out + c]! * rest + (shadow > 0 ? 0 : sprite.pixels[at + c]!);
    }
  }
}

/** Draws a whole scene. The result is a function of the draws, the icons and the settings. */
export function composeScene(random: Random, icons: SceneIcons, settings: SceneSettings): Scene {
  const { width, height, minimumVisible } = settings;
  const pixels = drawBackground(random, width, height);
  const owners = new Int16Array(width * height).fill(NOBODY);
  const laid: Thing[] = [];
  const seen: number[] = [];

  for (const thing of drawThings(random, icons, settings)) {
    const { sprite } = thing;
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const left = Math.round(random() * width - sprite.width / 2);
      const top = Math.round(random() * height - sprite.height / 2);
      let inside = 0;
      const taken = new Map<number, number>();
      forSolid(sprite, left, top, width, height, (pixel) => {
        inside++;
        const owner = owners[pixel]!;
        if (owner !== NOBODY) taken.set(owner, (taken.get(owner) ?? 0) + 1);
      });
      const enough = thing.category === NOBODY || (inside >= minimumVisible * sprite.solid && inside >= LEAST_PIXELS);
      const allowed = [...taken].every(([owner, lost]) => {
        const rest = seen[owner]! - lost;
        return rest >= minimumVisible * laid[owner]!.sprite.solid && rest >= LEAST_PIXELS;
      });
      if (!enough || !allowed) continue;
      if (random() < 0.5) {
        const reach = thing.size * 0.06;
        blend(
          pixels,
          sprite,
          left + Math.round(between(random, -reach, reach)),
          top + Math.round(reach),
          width,
          height,
          between(random, 0.15, 0.45),
        );
      }
      blend(pixels, sprite, left, top, width, height, 0);
      const index = thing.category === NOBODY ? NOBODY : laid.push(thing) - 1;
      forSolid(sprite, left, top, width, height, (pixel) => (owners[pixel] = index));
      for (const [owner, lost] of taken) seen[owner]! -= lost;
      if (index !== NOBODY) seen[index] = inside;
      break;
    }
  }
  photograph(random, pixels, width, height);
  return { pixels: new Uint8Array(pixels.buffer), width, height, objects: measure(owners, laid, width), owners };
}

/** The box, the area and the visible fraction of every thing, from the pixels where it is seen. */
function measure(owners: Int16Array, laid: readonly Thing[], width: number): SceneObject[] {
  const extents = laid.map(() => ({ left: Infinity, top: Infinity, right: -1, bottom: -1, area: 0 }));
  owners.forEach((owner, pixel) => {
    if (owner === NOBODY) return;
    const extent = extents[owner]!;
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    extent.left = Math.min(extent.left, x);
    extent.right = Math.max(extent.right, x);
    extent.top = Math.min(extent.top, y);
    extent.bottom = y;
    extent.area++;
  });
  return extents.map(({ left, top, right, bottom, area }, i) => ({
    category: laid[i]!.category,
    bbox: [left, top, right - left + 1, bottom - top + 1],
    area,
    visible: area / laid[i]!.sprite.solid,
    icon: laid[i]!.icon,
  }));
}
