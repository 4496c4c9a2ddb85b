/** What a detector knows of each of its parameters: the spec others see, and how a fresh value is drawn. */
import type { ParameterSpec } from '../types.ts';

/** Distribution of a fresh parameter. `normal` has mean 0; `uniform` lies in [-bound, bound). */
export type Initializer =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'normal'; readonly deviation: number }
  | { readonly kind: 'uniform'; readonly bound: number };

export interface ParameterDefinition extends ParameterSpec {
  readonly initializer: Initializer;
}

/** What others see of a definition. */
export const specOf = ({ initializer: _, ...spec }: ParameterDefinition): ParameterSpec => spec;

const zero: Initializer = { kind: 'constant', value: 0 };
const one: Initializer = { kind: 'constant', value: 1 };

/** He et al. 2015: keeps the variance of what passes a ReLU. `fan` is kernel area times input or output channels. */
export function heNormal(fan: number, gain = 1): Initializer {
  return { kind: 'normal', deviation: gain * Math.sqrt(2 / fan) };
}

/** torch's `kaiming_uniform_(weight, a=1)`, torchvision's choice for the FPN. */
export function kaimingUniform(fanIn: number, gain = 1): Initializer {
  return { kind: 'uniform', bound: gain * Math.sqrt(3 / fanIn) };
}

/** torch's default for linear layers and convolutions, weights and biases (`kaiming_uniform_` with a = √5). */
export function torchDefault(fanIn: number): Initializer {
  return { kind: 'uniform', bound: 1 / Math.sqrt(fanIn) };
}

/** Glorot & Bengio 2010. */
export function xavierUniform(fanIn: number, fanOut: number, gain = 1): Initializer {
  return { kind: 'uniform', bound: gain * Math.sqrt(6 / (fanIn + fanOut)) };
}

export interface ConvolutionShape {
  readonly kernel: number;
  readonly inputs: number;
  readonly outputs: number;
}

/** `<name>.weight`, and `<name>.bias` where a distribution for it is given. */
export function convolutionParameters(
  name: string,
  { kernel, inputs, outputs }: ConvolutionShape,
  trainable: boolean,
  weight: Initializer,
  bias?: Initializer,
): ParameterDefinition[] {
  const list: ParameterDefinition[] = [
    {
      name: `${name}.weight`,
      shape: [kernel, kernel, inputs, outputs],
      trainable,
      buffer: false,
      layout: 'convolution',
      initializer: weight,
    },
  ];
  if (bias) {
    list.push({ name: `${name}.bias`, shape: [outputs], trainable, buffer: false, layout: 'plain', initializer: bias });
  }
  return list;
}

/** Of a linear layer: `[inputs, outputs]`. */
export interface LinearShape {
  readonly inputs: number;
  readonly outputs: number;
}

/**
 * `<name>.weight` and `<name>.bias`. `order`: where torch orders inputs or outputs otherwise (see
 * `ParameterSpec.torchOrder`).
 */
export function linearParameters(
  name: string,
  { inputs, outputs }: LinearShape,
  weight: Initializer,
  bias: Initializer,
  order?: ParameterSpec['torchOrder'],
): ParameterDefinition[] {
  const same = { trainable: true, buffer: false };
  const ofWeight = order && { torchOrder: order };
  const ofBias = order?.kind === 'background-first' ? { torchOrder: order } : undefined;
  return [
    { name: `${name}.weight`, shape: [inputs, outputs], ...same, layout: 'linear', ...ofWeight, initializer: weight },
    { name: `${name}.bias`, shape: [outputs], ...same, layout: 'plain', ...ofBias, initializer: bias },
  ];
}

/** `<name>.weight` of a depthwise convolution, `[kernel, kernel, channels, 1]`. */
export function depthwiseParameters(
  name: string,
  kernel: number,
  channels: number,
  trainable: boolean,
): ParameterDefinition[] {
  return [
    {
      name: `${name}.weight`,
      shape: [kernel, kernel, channels, 1],
      trainable,
      buffer: false,
      layout: 'depthwise',
      initializer: heNormal(kernel * kernel),
    },
  ];
}

/** The four vectors of a batch norm in eval mode; the statistics are buffers, the affine is trained if `trainable`. */
export function normParameters(name: string, channels: number, trainable: boolean): ParameterDefinition[] {
  const vector = (part: string, buffer: boolean, initializer: Initializer): ParameterDefinition => ({
    name: `${name}.${part}`,
    shape: [channels],
    trainable: trainable && !buffer,
    buffer,
    layout: 'plain',
    initializer,
  });
  return [
    vector('weight', false, one),
    vector('bias', false, zero),
    vector('running_mean', true, zero),
    vector('running_var', true, one),
  ];
}
