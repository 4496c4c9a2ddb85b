/**
 * Weights of a file into a detector: finding each parameter under the names it has had, and saying what did not fit.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { ParameterSpec } from '../types.ts';
import { tensorFromTorch, torchShape } from './layout.ts';
import { namesInFiles } from './names.ts';
import { modelIn, withTorchvisionNames } from './torchvision-names.ts';
import type { StateTensor } from './state-dict.ts';

/** A parameter whose shape in the file is not the detector's, both in torch's layout. */
export interface ShapeMismatch {
  readonly name: string;
  readonly found: readonly number[];
  readonly expected: readonly number[];
}

/** What became of every name. */
export interface LoadReport {
  /** Parameters that the file gave. */
  readonly loaded: readonly string[];
  /** Parameters that the file does not have. */
  readonly missing: readonly string[];
  /** Parameters that the file has in another shape; not loaded. A class head for other classes is the usual case. */
  readonly mismatched: readonly ShapeMismatch[];
  /** Names in the file that the detector has no use for. */
  readonly unexpected: readonly string[];
}

export interface LoadedWeights {
  /** By the detector's names, in tfjs layout. The caller owns the tensors. */
  readonly tensors: Map<string, Tensor>;
  readonly report: LoadReport;
}

/**
 * The weights of a state dict that fit a detector's parameters, as tensors in tfjs layout.
 *
 * A parameter is looked up under its own name and under those older or other files have for it (`namesInFiles`), behind
 * whatever wrapper the names share (`module.`, `_orig_mod.`, `model.`, …), and under mmdetection's and detectron2's.
 * Nothing is thrown for what does not fit: read the report, or use `loadAllWeights`.
 *
 * @param source named in errors, e.g. the path
 * @throws for a file that has two models or is a DETR
 */
export function toTfjs(
  stateDict: ReadonlyMap<string, StateTensor>,
  specs: readonly ParameterSpec[],
  source = 'weights',
): LoadedWeights {
  const tensors = new Map<string, Tensor>();
  const used = new Set<string>();
  const missing: string[] = [];
  const mismatched: ShapeMismatch[] = [];
  const { tensors: file } = withTorchvisionNames(stateDict, modelIn(stateDict, source), source);
  for (const spec of specs) {
    const key = namesInFiles(spec.name).find((name) => file.has(name));
    if (key === undefined) {
      missing.push(spec.name);
      continue;
    }
    used.add(key);
    const weight = file.get(key)!;
    const expected = torchShape(spec);
    if (weight.shape.join() !== expected.join()) mismatched.push({ name: spec.name, found: weight.shape, expected });
    else tensors.set(spec.name, tensorFromTorch(weight, spec));
  }
  // torch's batch norms count their batches; a frozen one has no use for that, and it says nothing about the fit
  const unexpected = [...file.keys()].filter((name) => !used.has(name) && !name.endsWith('.num_batches_tracked'));
  return { tensors, report: { loaded: [...tensors.keys()], missing, mismatched, unexpected } };
}

/**
 * All weights of a detector, for files that must be complete, such as a checkpoint's.
 * @param source named in the error, e.g. the path
 * @throws if a parameter is missing or has another shape; nothing is left behind then
 */
export function loadAllWeights(
  stateDict: ReadonlyMap<string, StateTensor>,
  specs: readonly ParameterSpec[],
  source = 'weights',
): Map<string, Tensor> {
  const { tensors, report } = toTfjs(stateDict, specs, source);
  if (report.missing.length > 0 || report.mismatched.length > 0) {
    for (const tensor of tensors.values()) tensor.dispose();
    const sentences = describeReport({ ...report, unexpected: [] });
    if (report.missing.length > 0) sentences.push(`It has ${list([...stateDict.keys()])}.`);
    throw new Error(`${source} does not fit the detector: ${sentences.join(' ')}`);
  }
  return tensors;
}

/**
 * Puts the weights of a state dict in place of a detector's fresh ones, whose tensors it disposes of; what the file
 * lacks, or has in another shape, stays fresh.
 *
 * @param weights changed in place
 * @param source named in the error, e.g. the path
 * @throws if not one parameter fits: then the file is of something else
 */
export function replaceWeights(
  weights: Map<string, Tensor>,
  stateDict: ReadonlyMap<string, StateTensor>,
  specs: readonly ParameterSpec[],
  source = 'weights',
): LoadReport {
  const { tensors, report } = toTfjs(stateDict, specs, source);
  if (tensors.size === 0) {
    throw new Error(
      `${source} has no weight of this detector. It has ${list([...stateDict.keys()])}; the detector has ` +
        `${list(specs.map((spec) => spec.name))}.`,
    );
  }
  for (const [name, tensor] of tensors) {
    weights.get(name)?.dispose();
    weights.set(name, tensor);
  }
  return report;
}

/** The report in sentences, for a log; empty where everything fitted. */
export function describeReport({ missing, mismatched, unexpected }: LoadReport): string[] {
  const sentences: string[] = [];
  if (mismatched.length > 0) {
    const shapes = mismatched.map(
      ({ name, found, expected }) => `${name} ([${found.join(', ')}] in the file, [${expected.join(', ')}] needed)`,
    );
    const heads = mismatched.every(({ name }) => /cls_logits|cls_score|class_embed|bbox_pred/.test(name));
    sentences.push(
      `${list(shapes, '')} ${mismatched.length === 1 ? 'has' : 'have'} another shape` +
        (heads ? ': the class head is for other classes and starts fresh.' : ' and not been loaded.'),
    );
  }
  if (missing.length > 0) sentences.push(`The file does not have ${list(missing)}.`);
  if (unexpected.length > 0) sentences.push(`The file has ${list(unexpected)}, of no use here.`);
  return sentences;
}

function list(names: readonly string[], quote = "'", most = 4): string {
  if (names.length === 0) return 'nothing';
  const shown = names.slice(0, most).map((name) => quote + name + quote);
  const rest = names.length - shown.length;
  return rest > 0 ? `${shown.join(', ')} and ${rest} more` : shown.join(', ');
}
