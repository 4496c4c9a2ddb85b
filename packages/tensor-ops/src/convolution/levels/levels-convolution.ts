import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { differentiate, runKernel, type KernelGradient } from '../../kernel.ts';
import { joinRows } from '../../rows/join-rows.ts';
import { biasGradientKernel } from '../activation-kernels.ts';
import type { ConvolutionActivation } from '../geometry.ts';
import { gradientBeforeActivation } from '../gradient.ts';
import {
  levelRows,
  levelsConvolutionKernel,
  levelsFilterGradientKernel,
  levelsInputGradientKernel,
  type LevelsAttributes,
  type LevelShape,
  type LevelsInputs,
} from './levels-kernels.ts';

/**
 * Levels of a feature pyramid as rows, `[Σ B·H·W, C]`: those of a level after those of the one before, by image, y, x.
 */
export interface PackedLevels {
  readonly rows: Tensor2D;
  readonly levels: readonly LevelShape[];
}

/**
 * The levels `[B, H, W, C]` of a pyramid, one after the other.
 * @throws Error without levels, and where channels differ
 */
export function packLevels(features: readonly Tensor4D[]): PackedLevels {
  const channels = features[0]?.shape[3];
  if (channels === undefined) throw new Error('packLevels: there are no levels; give at least one.');
  features.forEach(({ shape }, i) => {
    if (shape[3] === channels) return;
    throw new Error(`packLevels: level ${i} has ${shape[3]} channels, level 0 has ${channels}; they must be the same.`);
  });
  const rows = features.map((feature): Tensor2D => tf.reshape(feature, [-1, channels]));
  return {
    rows: joinRows(rows, channels),
    levels: features.map(({ shape }): LevelShape => [shape[0], shape[1], shape[2]]),
  };
}

/** Options of `levelsConvolution`. */
export interface LevelsConvolutionOptions {
  /** Added to every position, `[O]`. */
  readonly bias?: Tensor1D;
  /** What follows; default `none`. */
  readonly activation?: ConvolutionActivation;
}

/**
 * One convolution of all levels of a pyramid: `activation(conv(level, filter) + bias)` of each, at stride 1 and with
 * zeros around it that keep its size. A head whose filters the levels share is then one op a layer, and so is each
 * gradient.
 *
 * @param filter `[kh, kw, I, O]`, kh and kw odd
 * @returns the levels with O channels
 * @throws Error where shapes do not fit each other
 */
export function levelsConvolution(
  { rows, levels }: PackedLevels,
  filter: Tensor4D,
  { bias, activation = 'none' }: LevelsConvolutionOptions = {},
): PackedLevels {
  check(rows, levels, filter, bias);
  differentiate(levelsConvolutionKernel, gradient);
  const inputs = bias === undefined ? { x: rows, filter } : { x: rows, filter, bias };
  return { rows: runKernel(levelsConvolutionKernel, inputs, { levels, activation }), levels };
}

/** As that of one convolution (`gradient.ts`): where the activation is open is read from y. */
const gradient: KernelGradient<LevelsInputs, LevelsAttributes, Tensor2D> = {
  inputsToSave: ['x', 'filter'],
  outputsToSave: [true],
  gradients: (dy, saved, { levels, activation }) => {
    const [x, filter, y] = saved as [Tensor2D, Tensor4D, Tensor2D];
    const [dz = dy, dbias] = gradientBeforeActivation(dy, y, activation, false);
    return {
      x: () => runKernel(levelsInputGradientKernel, { dy: dz, filter }, { levels }),
      filter: () => runKernel(levelsFilterGradientKernel, { x, dy: dz }, { levels, filterShape: filter.shape }),
      bias: () => (dbias ? tf.clone(dbias) : runKernel(biasGradientKernel, { dy: dz }, {})),
    };
  },
};

function check(rows: Tensor2D, levels: readonly LevelShape[], filter: Tensor4D, bias: Tensor1D | undefined): void {
  const count = levels.reduce((sum, level) => sum + levelRows(level), 0);
  if (rows.rank !== 2 || rows.shape[0] !== count) {
    throw new Error(`levelsConvolution: the levels ${describe(levels)} have ${count} rows, got [${rows.shape}]`);
  }
  const [height, width, inputs, outputs] = filter.shape;
  if (filter.rank !== 4 || height % 2 !== 1 || width % 2 !== 1) {
    throw new Error(`levelsConvolution: filter must be [kh, kw, I, O] with odd kh and kw, got [${filter.shape}]`);
  }
  if (inputs !== rows.shape[1]) {
    throw new Error(`levelsConvolution: x [${rows.shape}] has ${rows.shape[1]} channels, filter [${filter.shape}] takes ${inputs}`); // prettier-ignore
  }
  if (bias !== undefined && (bias.rank !== 1 || bias.shape[0] !== outputs)) {
    throw new Error(`levelsConvolution: bias must be [${outputs}], got [${bias.shape}]`);
  }
}

const describe = (levels: readonly LevelShape[]): string => levels.map((level) => level.join('x')).join(', ');
