/** Weights of whatever origin under torchvision's names, in torchvision's order: what every loader looks at. */
import { fromBgr255 } from './layouts/caffe.ts';
import { DETR, LAYOUTS } from './layouts/index.ts';
import type { Layout, LayoutName } from './layouts/index.ts';
import { chooseModel } from './models.ts';
import type { ModelInFile } from './models.ts';
import type { StateDict, StateTensor } from './state-dict.ts';

/** What the images were on which a network's backbone was trained. */
export type ImageStyle =
  /** RGB, normalized by ImageNet's mean and deviation; a bottleneck's stride is in its 3x3 convolution. */
  | 'torchvision'
  /**
   * BGR of 0 to 255, the mean subtracted; a bottleneck's stride is in its first 1x1 convolution. Caffe's, and
   * detectron2's default.
   */
  | 'caffe';

export interface NamedWeights {
  /** Under torchvision's names, with its order of outputs; what has no such name keeps its own. */
  readonly tensors: StateDict;
  /** Whose names the file has. */
  readonly layout: LayoutName;
  /** `caffe` weights of `tensors` take torchvision's images; of the style the place of the stride remains. */
  readonly images: ImageStyle;
}

/** Of most of the names: what is torchvision's already stays so, whatever stands beside it. */
function layoutOf(names: readonly string[]): Layout {
  const count = ({ pattern }: Layout): number => names.filter((name) => name.search(pattern) === 0).length;
  return LAYOUTS.reduce((best, layout) => (count(layout) >= count(best) ? layout : best));
}

/**
 * @param model whose names are taken, without their prefix; others are left out
 * @param images the style where the caller knows it. Default: detectron2's is `caffe`, others' `torchvision`
 * @throws with `source` named, for a DETR
 */
export function withTorchvisionNames(
  stateDict: ReadonlyMap<string, StateTensor>,
  model: Pick<ModelInFile, 'names' | 'prefix'>,
  source: string,
  images?: ImageStyle,
): NamedWeights {
  const own = model.names.filter((name) => stateDict.has(name));
  const names = own.map((name) => name.slice(model.prefix.length));
  const example = names.find((name) => DETR.test(name));
  if (example !== undefined) {
    throw new Error(`${source} is a DETR ('${example}'): this library has none yet, only RetinaNet and Faster R-CNN.`);
  }
  const layout = layoutOf(names);
  const style = images ?? (layout.name === 'detectron2' ? 'caffe' : 'torchvision');
  const rename = layout.rename(names);
  const tensors: StateDict = new Map();
  own.forEach((key, i) => {
    const weight = stateDict.get(key)!;
    const name = rename(names[i]!);
    if (name === undefined) return tensors.set(names[i]!, weight);
    const converted = layout.convert(name, weight);
    return tensors.set(name, style === 'caffe' && name === FIRST ? fromBgr255(converted) : converted);
  });
  return { tensors, layout: layout.name, images: style };
}

const FIRST = 'backbone.body.conv1.weight';

/** The one model of a state dict that is in memory. */
export function modelIn(stateDict: ReadonlyMap<string, StateTensor>, source: string): ModelInFile {
  const group = { path: [], names: [...stateDict.keys()], read: () => new Map(stateDict) };
  return chooseModel([group], source).model;
}
