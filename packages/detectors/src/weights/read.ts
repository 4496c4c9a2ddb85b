import { readSafetensors } from './safetensors.ts';
import type { StateDict } from './stateDict.ts';
import { readTorch } from './torch.ts';
import { isZip } from './zip.ts';

/**
 * Reads weights, whichever of the formats they are in: torch's (zip or legacy) or safetensors. Told apart by their first bytes.
 * @param source named in errors, e.g. the path
 */
export function readWeights(bytes: Uint8Array, source = 'weights'): StateDict {
  if (isZip(bytes) || bytes[0] === 0x80) {
    // 0x80 may also be the length of a small safetensors header, after which a JSON object begins
    if (bytes[8] !== 0x7b) return readTorch(bytes, source);
  } else if (bytes[8] !== 0x7b) {
    throw new Error(
      `${source}: neither a torch file (.pth) nor safetensors: it begins with ` +
        `${[...bytes.subarray(0, 4)].map((b) => b.toString(16).padStart(2, '0')).join(' ') || 'nothing'}.`,
    );
  }
  return readSafetensors(bytes, source).tensors;
}
