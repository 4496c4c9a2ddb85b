import { chooseModel } from '../weights/models.ts';
import type { StateDict } from '../weights/state-dict.ts';
import { openTorch } from '../weights/torch.ts';

/** The state dict of a file that is taken for torch's, whatever it begins with. */
export function readTorch(bytes: Uint8Array, source = 'torch file'): StateDict {
  return chooseModel(openTorch(bytes, source).groups, source).model.group.read();
}
