/** Which cells of two grids are about the same place when the views differ by a map, on the host. */
import type { ImageSize } from '../types.ts';
import { invertMap, isIdentity, type AffineMap } from './affine-map.ts';

export interface CellGrid {
  /** Pixels a cell. */
  readonly stride: number;
  readonly height: number;
  readonly width: number;
  /** Where in a cell its anchors are centered, in pixels from the cell's corner. */
  readonly center: number;
}

/** Row k of every list is one pair. Cells are numbered by image, y, x. */
export interface CellPairs {
  readonly teacher: Int32Array;
  /** Ascending, each at most once. */
  readonly student: Int32Array;
  /** The image of each pair. */
  readonly images: Int32Array;
  /**
   * Where the teacher's center falls, seen from the student's center, in pixels of the student's view: at most about
   * half a stride.
   */
  readonly offsetX: Float32Array;
  readonly offsetY: Float32Array;
}

/** A center this much outside of the image, in pixels, is on its edge. */
const ROUNDING = 1e-6;

/**
 * For each cell of the student the teacher's cell whose center is nearest to the place that the student's center came
 * from. Left out are cells whose center, or whose place in the teacher's view, is outside of the valid image or of the
 * grid. An image whose map is the identity keeps every cell, its padding too, as if there were no maps.
 * @param maps one an image, from pixels of the teacher's batch to those of the student's
 * @param teacherSizes valid parts, in pixels, one an image
 */
export function pairCells(
  { stride, height, width, center }: CellGrid,
  maps: readonly AffineMap[],
  teacherSizes: readonly ImageSize[],
  studentSizes: readonly ImageSize[],
): CellPairs {
  const most = maps.length * height * width;
  const [teacher, student, images] = [new Int32Array(most), new Int32Array(most), new Int32Array(most)];
  const [offsetX, offsetY] = [new Float32Array(most), new Float32Array(most)];
  let count = 0;
  maps.forEach((map, image) => {
    const start = image * height * width;
    if (isIdentity(map)) {
      for (let cell = start; cell < start + height * width; cell++, count++) {
        teacher[count] = student[count] = cell;
        images[count] = image;
      }
      return;
    }
    const [a, b, c, d, e, f] = map;
    const [ia, ib, ic, id, ie, iff] = invertMap(map);
    const inside = (x: number, y: number, size: ImageSize): boolean =>
      x > -ROUNDING && y > -ROUNDING && x < size.width - ROUNDING && y < size.height - ROUNDING;
    for (let y = 0; y < height; y++) {
      const cy = y * stride + center;
      for (let x = 0; x < width; x++) {
        const cx = x * stride + center;
        const px = ia * cx + ib * cy + ic;
        const py = id * cx + ie * cy + iff;
        if (!inside(cx, cy, studentSizes[image]!) || !inside(px, py, teacherSizes[image]!)) continue;
        const tx = Math.round((px - center) / stride);
        const ty = Math.round((py - center) / stride);
        if (tx < 0 || ty < 0 || tx >= width || ty >= height) continue;
        teacher[count] = start + ty * width + tx;
        student[count] = start + y * width + x;
        images[count] = image;
        const [mx, my] = [tx * stride + center, ty * stride + center];
        offsetX[count] = a * mx + b * my + c - cx;
        offsetY[count] = d * mx + e * my + f - cy;
        count++;
      }
    }
  });
  return {
    teacher: teacher.slice(0, count),
    student: student.slice(0, count),
    images: images.slice(0, count),
    offsetX: offsetX.slice(0, count),
    offsetY: offsetY.slice(0, count),
  };
}
