/** Names of a checkpoint's files: each network has its weights, and each trained one what its optimizer remembers. */
const WEIGHTS = '.safetensors';
const OPTIMIZER = '.optimizer.safetensors';
/** What earlier versions called the optimizer's file, of the one network that they trained. */
const FORMER_OPTIMIZER = 'optimizer.safetensors';

export const weightsFile = (network: string): string => `${network}${WEIGHTS}`;
export const optimizerFile = (network: string): string => `${network}${OPTIMIZER}`;

/** The optimizer's file in a checkpoint of an earlier version; undefined where it is none. */
export function formerOptimizerFile(
  files: ReadonlyMap<string, Uint8Array>,
  trained: readonly string[],
): string | undefined {
  return trained.length === 1 && files.has(FORMER_OPTIMIZER) ? FORMER_OPTIMIZER : undefined;
}

/** Networks whose weights are among a checkpoint's files. */
export function networksIn(files: ReadonlyMap<string, Uint8Array>): string[] {
  return [...files.keys()]
    .filter((file) => file.endsWith(WEIGHTS) && !file.endsWith(OPTIMIZER) && file !== FORMER_OPTIMIZER)
    .map((file) => file.slice(0, -WEIGHTS.length));
}
