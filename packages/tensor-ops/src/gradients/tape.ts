/** tfjs's record of a computation: what was run on what, and how each step is differentiated. */
import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, TensorInfo } from '@tensorflow/tfjs-core';

/** One recorded op. */
export interface TapeNode {
  readonly id: number;
  readonly kernelName: string;
  readonly inputs: Record<string, Tensor>;
  readonly outputs: readonly Tensor[];
  /** What the gradient needs, kept for it. */
  readonly saved?: readonly Tensor[];
  /**
   * From the gradients of the outputs (null: none) to functions that give those of the inputs. Null where the op has no
   * gradient.
   */
  readonly gradient?: ((dys: (Tensor | null)[]) => Record<string, () => Tensor>) | null;
}

/** The parts of tfjs's engine that its own `variableGrads` is made of. */
interface Engine {
  readonly state: { activeTape: TapeNode[] | null; gradientDepth: number };
  readonly backendName: string;
  readonly backend: object;
  startTape(): void;
  endTape(): void;
  makeTensorFromTensorInfo(info: TensorInfo): Tensor;
  /** Of the class; one of the engine's own goes before it. */
  clone?(x: Tensor): Tensor;
}

/**
 * Runs `compute` and gives its value with the record of it.
 * @throws inside another gradient: the record would be that one's
 */
export function recorded(compute: () => Scalar): { value: Scalar; tape: TapeNode[] } {
  const engine = tf.engine() as unknown as Engine;
  const { state } = engine;
  if (state.gradientDepth !== 0) throw new Error('variableGradients: it cannot be called inside another gradient.');
  engine.startTape();
  engine.clone = (x) => unrecordedClone(engine, x);
  try {
    const value = tf.tidy('forward', compute);
    return { value, tape: state.activeTape! };
  } catch (error) {
    release(state.activeTape ?? []);
    throw error;
  } finally {
    delete engine.clone;
    engine.endTape();
    state.activeTape = null;
  }
}

/**
 * The engine clones what an op needs for its gradient, and records each clone as two ops: more than half of the record
 * of a training step, all for gradients of gradients. These are not recorded.
 */
function unrecordedClone(engine: Engine, x: Tensor): Tensor {
  const { kernelFunc } = tf.getKernel(tf.Identity, engine.backendName);
  const info = kernelFunc({ inputs: { x }, attrs: {}, backend: engine.backend }) as TensorInfo;
  return engine.makeTensorFromTensorInfo(info);
}

/** Frees what nodes kept for their gradients. */
export function release(nodes: readonly TapeNode[]): void {
  for (const node of nodes) tf.dispose((node.saved ?? []) as Tensor[]);
}

/** The nodes on a way from one of `xs` to `y`, in their order, each with the inputs that depend on `xs`. */
export function nodesBetween(tape: readonly TapeNode[], xs: readonly Tensor[], y: Tensor): TapeNode[] {
  const fromX = new Set(xs.map(({ id }) => id));
  const forward: TapeNode[] = [];
  for (const node of tape) {
    const inputs = Object.fromEntries(Object.entries(node.inputs).filter(([, input]) => fromX.has(input.id)));
    if (Object.keys(inputs).length === 0) continue;
    for (const output of node.outputs) fromX.add(output.id);
    forward.push({ ...node, inputs });
  }
  const toY = new Set([y.id]);
  const between: TapeNode[] = [];
  for (const node of forward.reverse()) {
    if (!node.outputs.some(({ id }) => toY.has(id))) continue;
    for (const input of Object.values(node.inputs)) toY.add(input.id);
    between.push(node);
  }
  return between.reverse();
}
