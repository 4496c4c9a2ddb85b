import { chooseModel } from './models.ts';
import type { ChosenModel, ModelRole } from './models.ts';
import { readSafetensors } from './safetensors.ts';
import type { StateDict } from './state-dict.ts';
import { openTorch } from './torch.ts';
import type { TorchFile } from './torch.ts';
import { withTorchvisionNames } from './torchvision-names.ts';
import type { ImageStyle, NamedWeights } from './torchvision-names.ts';
import { isZip } from './zip.ts';

/**
 * Reads weights, whichever of the formats they are in: torch's (zip or legacy) or safetensors. Told apart by their
 * first bytes. The names are the file's; of a checkpoint that holds several state dicts the model's is taken.
 * @param source named in errors, e.g. the path
 * @throws if the file is damaged, has no weights, or has several models that nothing tells apart
 */
export function readWeights(bytes: Uint8Array, source = 'weights'): StateDict {
  return chooseModel(open(bytes, source).groups, source).model.group.read();
}

export interface OpenWeightsOptions {
  /** Which model of a file that has two. Default: the teacher. */
  readonly model?: ModelRole;
  /** What images the network was trained on, where the caller knows it. */
  readonly images?: ImageStyle;
}

export interface OpenedWeights extends NamedWeights {
  /** What was concluded about the file, and what of it was taken, a sentence each, for the user. */
  readonly notes: readonly string[];
  /** The model's names as they stand in the file. */
  readonly names: readonly string[];
  /** Of the outputs, in their order, where the file says so (mmdetection's do). */
  readonly classNames?: readonly string[];
}

/**
 * A model's weights out of a file, under torchvision's names and in its order of outputs, whatever the model was
 * wrapped in when it was saved (Lightning, torch.compile, DataParallel, AveragedModel, a teacher and a student) and
 * whether torchvision, mmdetection or detectron2 named it.
 *
 * @param source named in errors, e.g. the path
 * @throws if the file is damaged, has no weights, is a DETR, or has several models that nothing tells apart
 */
export function openWeights(
  bytes: Uint8Array,
  source = 'weights',
  { model: role, images }: OpenWeightsOptions = {},
): OpenedWeights {
  const { groups, facts } = open(bytes, source);
  const { model, note }: ChosenModel = chooseModel(groups, source, role);
  const said =
    facts.config === undefined ? undefined : /style\s*=\s*['"]caffe['"]/.test(facts.config) ? 'caffe' : 'torchvision';
  const named = withTorchvisionNames(model.group.read(), model, source, images ?? said);
  const style =
    named.images === 'caffe'
      ? "BGR images of 0 to 255 (Caffe's) and strides in the 1x1 convolutions of bottlenecks"
      : "RGB images normalized by ImageNet's mean and deviation, and strides in the 3x3 convolutions of bottlenecks";
  const why =
    images !== undefined ? 'as asked' : said !== undefined ? 'as its config says' : `${named.layout}'s default`;
  return {
    ...named,
    names: model.names,
    notes: [
      ...(note === undefined ? [] : [note]),
      ...(named.layout === 'torchvision'
        ? []
        : [`${source} has the names of ${named.layout}; taken for a network of ${style} (${why}).`]),
    ],
    ...(facts.classNames === undefined ? {} : { classNames: facts.classNames }),
  };
}

/** Whether a safetensors header begins after its length: an object, after blanks at most. */
const hasHeader = (bytes: Uint8Array): boolean => [0x7b, 0x20, 0x09, 0x0a, 0x0d].includes(bytes[8] ?? 0);

function open(bytes: Uint8Array, source: string): TorchFile {
  // 0x80 may also be the length of a small safetensors header
  if (isZip(bytes) || (bytes[0] === 0x80 && !hasHeader(bytes))) return openTorch(bytes, source);
  if (!hasHeader(bytes)) {
    throw new Error(
      `${source}: neither a torch file (.pth) nor safetensors: it begins with ` +
        `${[...bytes.subarray(0, 4)].map((b) => b.toString(16).padStart(2, '0')).join(' ') || 'nothing'}.`,
    );
  }
  const { tensors } = readSafetensors(bytes, source);
  return { groups: [{ path: [], names: [...tensors.keys()], read: () => tensors }], facts: {} };
}
