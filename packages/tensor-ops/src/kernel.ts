/**
 * Kernels of this package: what each takes and gives, and the composition of stock ops that runs where a backend has
 * nothing faster.
 *
 * tfjs knows a kernel by a name, and its inputs and attributes as maps of anything. Here the definition carries their
 * types, so that the op that calls it, its gradient and whoever registers a faster one are checked against the same
 * three.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { GradConfig, KernelFunc, NamedAttrMap, NamedTensorMap, Tensor, TensorInfo } from '@tensorflow/tfjs-core';

/** What a kernel gives: a tensor, or several. */
export type KernelOutput = Tensor | Tensor[];

/** What an implementation may return for it: the backend's record of a tensor will do. */
export type Made<Output> = Output extends Tensor[] ? { [I in keyof Output]: TensorInfo } : TensorInfo;

/** A kernel. An input that may be missing is not in `inputs` then. */
export interface Kernel<Inputs extends object, Attributes extends object, Output extends KernelOutput> {
  /** Its name in tfjs's registry, and that of its op where it is one of TensorFlow's. */
  readonly name: string;
  /** The composition of stock ops; what it makes on the way is freed. */
  readonly portable: (inputs: Inputs, attributes: Attributes, backendName: string) => Output;
}

/** Any kernel, for lists of them. */
export type AnyKernel = Kernel<never, never, KernelOutput>;

/** Attributes of a kernel that has none. */
export type NoAttributes = Readonly<Record<never, never>>;

/**
 * Defines a kernel. It is registered with tfjs, for the backend of its first call, by that call.
 * @param name unique in tfjs's registry
 */
export function defineKernel<Inputs extends object, Attributes extends object, Output extends KernelOutput>(
  name: string,
  portable: Kernel<Inputs, Attributes, Output>['portable'],
): Kernel<Inputs, Attributes, Output> {
  return { name, portable };
}

/**
 * Registers an implementation of a kernel for a backend, over what is registered for it already.
 * @param implementation gets tfjs's object of the backend, of whatever type it says it is
 */
export function registerFaster<
  Inputs extends object,
  Attributes extends object,
  Output extends KernelOutput,
  Backend extends object,
>(
  kernel: Kernel<Inputs, Attributes, Output>,
  backendName: string,
  implementation: (inputs: NoInfer<Inputs>, attributes: NoInfer<Attributes>, backend: Backend) => Made<Output>,
): void {
  unregister(kernel, backendName); // tfjs warns of a name that is registered twice
  register(kernel, backendName, implementation);
}

/** Takes back what was registered for a kernel on a backend, if anything was: the next call finds the composition. */
export function unregister({ name }: AnyKernel, backendName: string): void {
  if (tf.getKernel(name, backendName)) tf.unregisterKernel(name, backendName);
}

/** Whether the current backend has more than the composition for a kernel. */
export function hasFaster({ name }: AnyKernel): boolean {
  const registered = tf.getKernel(name, currentBackend());
  return registered != null && !compositions.has(registered.kernelFunc);
}

/** Runs a kernel on the current backend. */
export function runKernel<Inputs extends object, Attributes extends object, Output extends KernelOutput>(
  kernel: Kernel<Inputs, Attributes, Output>,
  inputs: NoInfer<Inputs>,
  attributes: NoInfer<Attributes>,
): Output {
  functionOf(kernel, currentBackend());
  return call(kernel.name, inputs, attributes);
}

/**
 * Runs a kernel under another name, so that it can have another gradient: tfjs saves for the backward pass the inputs
 * that the gradient of that name lists, and a list cannot have an optional member.
 */
export function runKernelAs<Inputs extends object, Attributes extends object, Output extends KernelOutput>(
  alias: string,
  kernel: Kernel<Inputs, Attributes, Output>,
  inputs: NoInfer<Inputs>,
  attributes: NoInfer<Attributes>,
): Output {
  const backendName = currentBackend();
  if (tf.getKernel(alias, backendName) == null) {
    const kernelFunc: KernelFunc = (params) => functionOf(kernel, backendName)(params);
    tf.registerKernel({ kernelName: alias, backendName, kernelFunc });
  }
  return call(alias, inputs, attributes);
}

/** How a kernel is differentiated, the same on every backend. */
export interface KernelGradient<Inputs extends object, Attributes extends object, Output extends KernelOutput> {
  /** What the gradient needs of the forward pass: inputs by name, outputs by whether. */
  readonly inputsToSave?: readonly (keyof Inputs & string)[];
  readonly outputsToSave?: readonly boolean[];
  /**
   * From the gradients of the outputs to functions that give those of the inputs: one that nobody asks for is not
   * computed.
   * @param saved the inputs saved, then the outputs
   */
  readonly gradients: (
    dy: Output,
    saved: Tensor[],
    attributes: Attributes,
  ) => Readonly<Partial<Record<keyof Inputs & string, () => Tensor>>>;
}

/**
 * Lets a kernel be differentiated; to be called before it runs. Does nothing the second time, and where another copy of
 * this package has done it: tfjs warns of every override.
 * @param name an alias of the kernel (`runKernelAs`); default its own name
 */
export function differentiate<Inputs extends object, Attributes extends object, Output extends KernelOutput>(
  kernel: Kernel<Inputs, Attributes, Output>,
  gradient: NoInfer<KernelGradient<Inputs, Attributes, Output>>,
  name: string = kernel.name,
): void {
  if (tf.getGradient(name) != null) return;
  const { inputsToSave = [], outputsToSave = [], gradients } = gradient;
  tf.registerGradient({
    kernelName: name,
    inputsToSave: [...inputsToSave],
    outputsToSave: [...outputsToSave],
    gradFunc: (dy, saved, attributes) =>
      gradients(dy as Output, saved, attributes as Attributes) as ReturnType<GradConfig['gradFunc']>,
  });
}

const compositions = new WeakSet<KernelFunc>();

/** What runs a kernel on a backend; where there is nothing, its composition is registered. */
function functionOf<Inputs extends object, Attributes extends object, Output extends KernelOutput>(
  kernel: Kernel<Inputs, Attributes, Output>,
  backendName: string,
): KernelFunc {
  const registered = tf.getKernel(kernel.name, backendName);
  if (registered != null) return registered.kernelFunc;
  const { portable } = kernel;
  // tfjs takes the intermediate tensors of a kernel for leaks unless they are disposed of here.
  const composition = (inputs: Inputs, attributes: Attributes): Output =>
    tf.tidy(() => portable(inputs, attributes, backendName));
  const kernelFunc = register(kernel, backendName, composition);
  compositions.add(kernelFunc);
  return kernelFunc;
}

/** The one place where tfjs's maps become what the kernel is defined to take. */
function register<Inputs extends object, Attributes extends object, Backend>(
  { name }: Kernel<Inputs, Attributes, KernelOutput>,
  backendName: string,
  implementation: (inputs: Inputs, attributes: Attributes, backend: Backend) => TensorInfo | TensorInfo[],
): KernelFunc {
  const kernelFunc: KernelFunc = ({ inputs, attrs, backend }) =>
    implementation(inputs as Inputs, attrs as Attributes, backend as Backend);
  tf.registerKernel({ kernelName: name, backendName, kernelFunc });
  return kernelFunc;
}

/** The one place where they become tfjs's maps. */
function call<Output extends KernelOutput>(name: string, inputs: object, attributes: object): Output {
  return tf.engine().runKernel(name, inputs as NamedTensorMap, attributes as NamedAttrMap);
}

/** The name of the current backend, which the engine picks at first use. */
function currentBackend(): string {
  const engine = tf.engine();
  if (engine.backendName == null) void engine.backend;
  return engine.backendName;
}
