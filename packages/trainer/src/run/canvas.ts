/** Sizes that images are padded to where the images may be of any shape: those of tests and analyses. */
import type { ImageBatchOptions } from '@sed/detectors';
import type { RunConfig } from '../config/schema.ts';

type Size = Readonly<NonNullable<ImageBatchOptions['canvas']>>;

/**
 * A canvas that holds all of `views`, out of three: the run's, which training has; that one turned, for portraits
 * beside landscapes; a square that holds whatever the settings of the tests make of an image. So there are few shapes
 * however many images there are, and an image that fits the run's canvas is detected on it whatever its company.
 *
 * @param multiple sides are multiples of this
 * @returns undefined where the run has no canvas: a batch is then padded to the largest of its images
 */
export function canvasFor(
  views: readonly Size[],
  { canvas, resize }: Pick<RunConfig['input'], 'canvas' | 'resize'>,
  multiple: number,
): Size | undefined {
  if (canvas === null) return undefined;
  const turned = { width: canvas.height, height: canvas.width };
  const up = (side: number): number => Math.ceil(side / multiple) * multiple;
  const { long } = (resize.kind === 'short-edge' && resize.test) || resize;
  const side = up(
    Math.max(long, canvas.width, canvas.height, ...views.flatMap(({ width, height }) => [width, height])),
  );
  const holds = ({ width, height }: Size) => views.every((view) => view.width <= width && view.height <= height);
  return [canvas, turned].find(holds) ?? { width: side, height: side };
}
