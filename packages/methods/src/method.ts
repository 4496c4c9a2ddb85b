/**
 * What a method of semi-supervised detection is: a plain object that says which networks it keeps, which views it
 * wants, and which objectives a step has. It never sees a file, a data set or a loop; whoever trains asks it. A method
 * of one's own is such an object, given to the trainer beside {@link standardMethods}.
 *
 * Words: a *step* is one update of the weights (0-based); its images may be computed in several *parts*, whose
 * gradients add up.
 */
import type { View } from '@sed/augment';
import type { Detector, ImageBatchOptions, Parameters } from '@sed/detectors';
import type { RandomStream } from '@sed/geometry';
import type { TObject } from '@sinclair/typebox';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';

/** A method's section of a config: complete, as its schema says. */
export interface MethodSettings {
  readonly kind: string;
}

/**
 * A network that a method keeps: moved by an optimizer, a moving average of another, or a copy of another that stays.
 */
export type NetworkPlan =
  | { readonly role: 'trained' }
  | {
      readonly role: 'averaged';
      /** The network that it follows. */
      readonly of: string;
      /** Finished steps after which it starts, as a copy; 0: with the run. */
      readonly from: number;
      /** How much of it stays in step `step` (0-based, from `from` on), in [0, 1]. */
      alpha(step: number): number;
    }
  | { readonly role: 'frozen'; readonly of: string; readonly from: number };

export type NetworkRole = NetworkPlan['role'];

/**
 * One change of an image on its way to a view: `weak` (resize, flip) comes first, `strong` (colors, blur, cutouts,
 * geometry) on top of it.
 */
export type Transform = 'weak' | 'strong';

/** Views that are made of each image of a source. */
export interface ViewPlan {
  readonly source: 'labeled' | 'unlabeled';
  /** The first step that sees them (0-based). */
  readonly from: number;
  /**
   * By name. Chains that begin alike share their draws: `['weak', 'strong']` is what `['weak']` gives, with other
   * colors.
   */
  readonly chains: Readonly<Record<string, readonly Transform[]>>;
}

/** What a method is told of the run that it is part of. */
export interface RunFacts {
  readonly seed: number;
  readonly iterations: number;
  /** Images of one step, over all of its `accumulate` parts. */
  readonly batch: { readonly labeled: number; readonly unlabeled: number; readonly accumulate: number };
  /** Iterations at which the learning rate drops; empty where it does not drop. */
  readonly milestones: readonly number[];
  /** The view of labeled images that the config asks for: `strong` on top of `weak`, or `weak` alone. */
  readonly labeledView: Transform;
}

/** What a method's settings are checked against. */
export interface DetectorFacts {
  readonly kind: string;
  /** Names of what its predictions are compared by. */
  readonly pairs: readonly string[];
  /** Levels of its pyramid. */
  readonly levels: number;
  /** Whether a view and its half have their anchors at the same places. */
  readonly alignedScales: boolean;
}

/** A sentence each, quoting `"method.…"`. */
export interface ScheduleProblems {
  /** What lies beyond the end of the run, as in a config made for a longer one. */
  readonly beyondTheEnd: readonly string[];
  readonly others: readonly string[];
}

/** One loss of an objective, unweighted. */
export interface Term {
  /** Its row in the metrics, such as `supervised.classification`. */
  readonly name: string;
  readonly value: Scalar;
  /** 0 leaves it out of the gradient; its value is reported all the same. */
  readonly weight: number;
}

/** Something measured beside the losses, without a gradient. */
export interface Measure {
  readonly value: Tensor;
  /** How it adds up over the parts of a step (and over processes). */
  readonly over: 'sum' | 'max';
  /** Where the numbers have names they are reported by them; else one number as such, several as a list. */
  readonly names?: readonly string[];
}

export interface Objective {
  readonly terms: readonly Term[];
  readonly measured?: Readonly<Record<string, Measure>>;
}

/** One backward pass of a step, with respect to one trained network. */
export interface Part {
  /** What its terms are summed up under: `supervised`, `unsupervised`, … */
  readonly name: string;
  readonly network: string;
  /**
   * Runs outside of the gradient's tape: images become tensors here, teachers look at them. What it gives runs inside,
   * on the network's own parameters. Tensors of both are freed when the pass has ended.
   */
  prepare(): Compute | Promise<Compute>;
}

export type Compute = (parameters: Parameters) => Objective;

/** What a method sees of a step (of one part of it, where the batch is accumulated). */
export interface StepContext<C, M = unknown> {
  readonly config: C;
  readonly run: RunFacts;
  /** 0-based. */
  readonly step: number;
  readonly detector: Detector;
  /** How views become a batch. */
  readonly batching: ImageBatchOptions;
  /** Those of its networks that have started, by name. */
  readonly networks: Readonly<Record<string, Parameters>>;
  readonly labeled: SourceViews;
  /** Missing before the plan's `from`, and where no plan asks for them. */
  readonly unlabeled: SourceViews | undefined;
  /** A stream of this step, the same for all parts of it. */
  random(name: string): RandomStream;
  /** A stream of this part of the step. */
  randomOfPart(name: string): RandomStream;
  /** Whether measures are wanted that only a row of the metrics shows. */
  readonly measuring: boolean;
  readonly memory: M;
}

/** Views of the images of one source, by the plan's names; place i of each is the same image. */
export type SourceViews = Readonly<Record<string, readonly View[]>>;

/** A measure as it is reported. */
export type MeasuredValue = number | readonly number[] | Readonly<Record<string, number>>;

/** What came of a step. */
export interface StepReport {
  /** Finished steps. */
  readonly step: number;
  /** Unweighted, by term, the mean over the parts of the batch. */
  readonly losses: ReadonlyMap<string, number>;
  /** Weighted sums, by part. */
  readonly totals: ReadonlyMap<string, number>;
  readonly measured: Readonly<Record<string, MeasuredValue>>;
}

/** For the user: what is wrong, its likely cause and what to do. `code` is stable. */
export interface Warning {
  readonly code: string;
  readonly message: string;
}

/** A setting that counts iterations: what changes the length of a run changes it too. */
export interface IterationSetting {
  /** In the method's section, `alpha.at`. */
  readonly path: string;
  /** What a sentence about another length of the run calls it, `the burn-in`; without one it is not mentioned. */
  readonly label?: string;
  /**
   * Its default is made for the 180,000 iterations of the paper: a run of another length has its part of them. Default
   * false.
   */
  readonly scalesDefault?: boolean;
  /** The greatest value in a run of `iterations`; the settings listed before it have been changed already. */
  last(config: MethodSettings, iterations: number): number;
}

/** What later steps depend on, so that a run may go on with another value as long as it has not acted yet. */
export interface Timing {
  /** By setting in the method's section, the step at which it acts; undefined where it does not. */
  readonly at: Readonly<Record<string, number | undefined>>;
  /** What follows a curve over the whole run, for people: such a run cannot be given another length. */
  readonly spans: readonly string[];
}

/**
 * A method. `C` is its section of a config, `M` its memory.
 *
 * Members with arguments are methods in TypeScript's sense, so that a list can hold methods of different settings.
 */
export interface Method<C extends MethodSettings = MethodSettings, M = unknown> {
  /** Its name in configs and reports. */
  readonly kind: string;
  /** JSON schema of its section, with defaults; its `kind` is a literal. */
  readonly schema: TObject;
  /** What in its section counts iterations. Default: nothing. */
  readonly counts?: readonly IterationSetting[];
  /** Settings that contradict each other, or the detector; a sentence each, quoting `"method.…"`. */
  check?(config: C, detector: DetectorFacts): readonly string[];
  /** What is wrong with its schedule. */
  checkSchedule?(config: C, run: RunFacts): ScheduleProblems;
  /**
   * By name, each after the one that it is made of. Pretrained weights go into all trained ones; the first one's fresh
   * weights are a function of the run's seed, the others' of their names too.
   */
  networks(config: C, run: RunFacts): Readonly<Record<string, NetworkPlan>>;
  views(config: C, run: RunFacts): readonly ViewPlan[];
  /** How often a view may be halved, which the padding must allow. Default 0. */
  halvings?(config: C): number;
  /**
   * The backward passes of a step, in the order of the metrics. They are computed from the last to the first: what has
   * most activations is listed last, and is computed while the fewest gradients are held.
   */
  parts(step: StepContext<C, M>): readonly Part[];
  readonly memory?: MemoryPlan<C, M>;
  /** After each step: what is remembered, and what the user should be told. */
  after?(report: StepReport, memory: M, config: C): { readonly memory: M; readonly warnings: readonly Warning[] };
  /**
   * The settings of a batch `factor` times the size that sees as many images; notes say what was changed. Default:
   * unchanged.
   */
  rescale?(config: C, factor: number): { readonly config: C; readonly notes: readonly string[] };
  timing?(config: C, run: RunFacts): Timing;
  /** Work for one unlabeled image, for estimates; a labeled one counts 1 of each. Default: as a labeled one. */
  cost?(config: C): UnlabeledCost;
}

/** In images of full size. */
export interface UnlabeledCost {
  /** Whose activations are kept for a gradient. */
  readonly kept: number;
  /** Forward passes; one with its gradient is three. */
  readonly passes: number;
}

/**
 * What a method keeps from step to step: plain JSON in checkpoints, so that a resumed run ends as one that was not
 * stopped.
 */
export interface MemoryPlan<C, M> {
  initial(config: C): M;
  /** @throws Error that says what is wrong with a value read from a checkpoint */
  restore(stored: unknown, config: C): M;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- methods of different settings in one list
export type AnyMethod = Method<any, any>;
