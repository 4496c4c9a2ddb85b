/**
 * RoIAlign by TensorFlow's CropAndResize, which runs on a GPU as well.
 *
 * With the features padded by one cell of their edge, its samples are torchvision's: a position p is p + 1 there, below
 * -1 or above the grid's size is outside of the padded grid, where it counts as zero, and between the border and the
 * outermost center lies the edge's copy. It takes the first and the last sample of a region and a number of samples;
 * the mean over each bin is an AvgPool. Regions that take the same number of samples on the same level go together: all
 * of a level with a fixed ratio, a few groups where it is adaptive.
 *
 * On a CPU the gradient is right only for one region an image and call (`roi-align.ts` says why), so there another is
 * taken.
 */
import { dispose, scalar, tensor1d, tensor2d, zeros } from '@tensorflow/tfjs-core';
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import {
  inputList,
  roiAlignGradientKernel,
  roiAlignKernel,
  type ListInputs,
  type RoiAlignAttributes,
  type RoiAlignGradientAttributes,
} from '@sed/tensor-ops/kernels';
import type { Attribute, TensorFlowBackend } from './backend.ts';
import { nativeKernel, type NativeKernel } from './native-kernel.ts';
import { Scratch } from './scratch.ts';

/** Regions that one call of CropAndResize serves. */
interface Group {
  readonly level: number;
  /** Samples a bin along y and x. */
  readonly samples: readonly [number, number];
  readonly rows: number[];
  /** y1 x1 y2 x2 of the first and the last sample, as shares of the padded grid's sides less one. */
  readonly boxes: number[];
  readonly images: number[];
}

const f = Math.fround;

/** The regions in groups; those without a sample, or with a corner that is no number, are in none. */
function groupsOf(attributes: RoiAlignAttributes, shapes: readonly (readonly number[])[]): Group[] {
  const { rois, images, levels, scales, outputSize, samplingRatio, aligned } = attributes;
  const groups = new Map<string, Group>();
  /** The first and last sample along an axis, and how many a bin has. */
  const along = (low: number, high: number, scale: number, bins: number, size: number) => {
    const offset = aligned ? 0.5 : 0;
    const start = f(f(low * f(scale)) - offset);
    const extent = f(f(f(high * f(scale)) - offset) - start);
    const bin = f((aligned ? extent : Math.max(extent, 1)) / bins);
    const samples = samplingRatio > 0 ? samplingRatio : Number.isFinite(bin) ? Math.ceil(bin) : 0;
    const step = bin / samples;
    const share = (position: number): number => (position + 1) / (size + 1);
    const [first, last] = [start + step / 2, start + bins * bin - step / 2];
    // a single sample is taken in the middle of the two
    return { samples, first: share(first), last: share(last) };
  };
  levels.forEach((level, row) => {
    const [, height, width] = shapes[level] as [number, number, number];
    const y = along(rois[4 * row + 1]!, rois[4 * row + 3]!, scales[level]!, outputSize[0], height);
    const x = along(rois[4 * row]!, rois[4 * row + 2]!, scales[level]!, outputSize[1], width);
    const corners = [y.first, x.first, y.last, x.last];
    if (y.samples < 1 || x.samples < 1 || !corners.every(Number.isFinite)) return;
    const key = `${level} ${y.samples} ${x.samples}`;
    let group = groups.get(key);
    if (!group) groups.set(key, (group = { level, samples: [y.samples, x.samples], rows: [], boxes: [], images: [] }));
    group.rows.push(row);
    group.boxes.push(...corners);
    group.images.push(images[row]!);
  });
  return [...groups.values()];
}

/** The ops, by their TensorFlow names. Each returns a tensor that the caller disposes of. */
class Ops {
  readonly #backend: TensorFlowBackend;
  constructor(backend: TensorFlowBackend) {
    this.#backend = backend;
  }

  /** Pads by the edge: SYMMETRIC repeats the outermost cell. */
  padEdge(x: TensorInfo): Tensor {
    return this.#withPaddings((p) =>
      this.#run('MirrorPad', [this.#float('T'), this.#int('Tpaddings'), this.#symmetric()], [x, p]),
    );
  }
  padEdgeGradient(dy: TensorInfo): Tensor {
    return this.#withPaddings((p) =>
      this.#run('MirrorPadGrad', [this.#float('T'), this.#int('Tpaddings'), this.#symmetric()], [dy, p]),
    );
  }
  crop(image: TensorInfo, { boxes, images }: Group, size: readonly number[]): Tensor {
    const inputs = [tensor2d(boxes, [images.length, 4]), tensor1d(images, 'int32'), tensor1d([...size], 'int32')];
    const extrapolation = { name: 'extrapolation_value', type: this.#backend.binding.TF_ATTR_FLOAT, value: 0 };
    const y = this.#run('CropAndResize', [this.#float('T'), this.#bilinear(), extrapolation], [image, ...inputs]);
    dispose(inputs);
    return y;
  }
  cropGradient(dy: TensorInfo, { boxes, images }: Group, size: readonly number[]): Tensor {
    const inputs = [tensor2d(boxes, [images.length, 4]), tensor1d(images, 'int32'), tensor1d([...size], 'int32')];
    const dx = this.#run('CropAndResizeGradImage', [this.#float('T'), this.#bilinear()], [dy, ...inputs]);
    dispose(inputs);
    return dx;
  }
  pool(x: TensorInfo, window: readonly number[]): Tensor {
    return this.#run('AvgPool', this.#window(window), [x]);
  }
  poolGradient(dy: TensorInfo, shape: readonly number[], window: readonly number[]): Tensor {
    const sizes = tensor1d([...shape], 'int32');
    const dx = this.#run('AvgPoolGrad', this.#window(window), [sizes, dy]);
    sizes.dispose();
    return dx;
  }
  concat(parts: readonly TensorInfo[]): Tensor {
    const axis = scalar(0, 'int32');
    const count = { name: 'N', type: this.#backend.binding.TF_ATTR_INT, value: parts.length };
    const y = this.#run('ConcatV2', [count, this.#float('T'), this.#int('Tidx')], [...parts, axis]);
    axis.dispose();
    return y;
  }
  gather(x: TensorInfo, rows: readonly number[] | Int32Array): Tensor {
    const index = tensor1d(rows as Int32Array, 'int32');
    const y = this.#run('Gather', [this.#float('Tparams'), this.#int('Tindices')], [x, index]);
    index.dispose();
    return y;
  }
  add(a: TensorInfo, b: TensorInfo): Tensor {
    return this.#run('AddV2', [this.#float('T')], [a, b]);
  }

  #run(name: string, attributes: Attribute[], inputs: TensorInfo[]): Tensor {
    return this.#backend.executeSingleOutput(name, attributes, inputs);
  }
  #withPaddings(body: (paddings: Tensor) => Tensor): Tensor {
    const paddings = tensor2d([0, 0, 1, 1, 1, 1, 0, 0], [4, 2], 'int32');
    const y = body(paddings);
    paddings.dispose();
    return y;
  }
  #window([height, width]: readonly number[]): Attribute[] {
    const { TF_ATTR_INT } = this.#backend.binding;
    const sides = [1, height, width, 1];
    return [
      { name: 'ksize', type: TF_ATTR_INT, value: sides },
      { name: 'strides', type: TF_ATTR_INT, value: sides },
      this.#text('padding', 'VALID'),
      this.#text('data_format', 'NHWC'),
      this.#float('T'),
    ];
  }
  #float(name: string): Attribute {
    return { name, type: this.#backend.binding.TF_ATTR_TYPE, value: this.#backend.binding.TF_FLOAT };
  }
  #int(name: string): Attribute {
    return { name, type: this.#backend.binding.TF_ATTR_TYPE, value: this.#backend.binding.TF_INT32 };
  }
  #text(name: string, value: string): Attribute {
    return { name, type: this.#backend.binding.TF_ATTR_STRING, value };
  }
  #symmetric = (): Attribute => this.#text('mode', 'SYMMETRIC');
  #bilinear = (): Attribute => this.#text('method', 'bilinear');
}

const grow = ([batch, height, width, channels]: readonly number[]): number[] => [
  batch!,
  height! + 2,
  width! + 2,
  channels!,
];
const cropSize = ({ outputSize }: RoiAlignAttributes, { samples }: Group): [number, number] => [
  outputSize[0] * samples[0],
  outputSize[1] * samples[1],
];

function align(ops: Ops, inputs: ListInputs<'level'>, attributes: RoiAlignAttributes): Tensor {
  const features = inputList(inputs, 'level', attributes.scales.length);
  const groups = groupsOf(attributes, features.map(({ shape }) => shape)); // prettier-ignore
  const count = attributes.levels.length;
  const channels = features[0]!.shape[3]!;
  return Scratch.use((scratch) => {
    const padded = new Map<number, Tensor>();
    const parts: Tensor[] = [];
    // where each region's result is among the parts; regions of no group take the row of zeros at their end
    const place = new Int32Array(count).fill(groups.reduce((sum, { rows }) => sum + rows.length, 0));
    let at = 0;
    for (const group of groups) {
      let image = padded.get(group.level);
      if (!image) padded.set(group.level, (image = scratch.keep(ops.padEdge(features[group.level]!))));
      const crops = ops.crop(image, group, cropSize(attributes, group));
      parts.push(scratch.keep(scratch.replace(crops, (t) => ops.pool(t, group.samples))));
      for (const row of group.rows) place[row] = at++;
    }
    const none = scratch.keep(zeros([1, ...attributes.outputSize, channels]));
    if (parts.length === 0) return ops.gather(none, place); // ConcatV2 takes no single part
    parts.push(none);
    return scratch.replace(ops.concat(parts), (all) => ops.gather(all, place));
  });
}

function alignGradient(ops: Ops, dy: TensorInfo, attributes: RoiAlignGradientAttributes): Tensor[] {
  const { shapes, outputSize } = attributes;
  const sums = shapes.map((): Tensor | undefined => undefined);
  for (const group of groupsOf(attributes, shapes)) {
    const { level, samples, rows } = group;
    const size = grow(shapes[level]!);
    const channels = size[3]!;
    const term = Scratch.use((scratch) => {
      const part = scratch.keep(ops.gather(dy, rows));
      const crops = [rows.length, outputSize[0] * samples[0], outputSize[1] * samples[1], channels];
      return ops.cropGradient(scratch.keep(ops.poolGradient(part, crops, samples)), group, size);
    });
    const before = sums[level];
    sums[level] = before ? ops.add(before, term) : term;
    if (before) dispose([before, term]);
  }
  return sums.map((sum, level) => {
    if (!sum) return zeros([...shapes[level]!]);
    const gradient = ops.padEdgeGradient(sum);
    sum.dispose();
    return gradient;
  });
}

/** RoIAlign and its gradient by CropAndResize. */
export const cropAndResizeKernels: readonly NativeKernel[] = [
  nativeKernel(roiAlignKernel, ({ backend }, inputs, attributes) => align(new Ops(backend), inputs, attributes)),
  nativeKernel(roiAlignGradientKernel, ({ backend }, { dy }, attributes) =>
    alignGradient(new Ops(backend), dy, attributes),
  ),
];
