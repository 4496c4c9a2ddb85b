export interface StepNumbers {
  /** 0-based. */
  readonly step: number;
  readonly losses: ReadonlyMap<string, number>;
  readonly gradientNorm: number;
  readonly files: readonly string[];
  /** Folder of the last checkpoint, or undefined where there is none. */
  readonly checkpoint: string | undefined;
  readonly lr: number;
}

/** Thrown by {@link requireFinite}: the weights of this step are no good place to go on from. */
export class NotFiniteError extends Error {
  override readonly name = 'NotFiniteError';
}

/**
 * Refuses a step whose losses or gradient are not finite. To be called before the update, so that the weights stay as
 * they were.
 * @throws Error that names the loss, the step, the images, and the last checkpoint
 */
export function requireFinite(numbers: StepNumbers): void {
  const { step, losses, gradientNorm, files, checkpoint, lr } = numbers;
  const bad = [...losses].filter(([, value]) => !Number.isFinite(value));
  if (bad.length === 0 && Number.isFinite(gradientNorm)) return;
  const what =
    bad.length > 0
      ? bad.map(([name, value]) => `the loss ${name} is ${value}`).join(' and ')
      : `the losses are finite (${[...losses].map(([n, v]) => `${n} ${v.toPrecision(3)}`).join(', ')}) but the norm of the gradient is ${gradientNorm}`;
  throw new NotFiniteError(
    `Step ${step + 1}: ${what}. The step was not taken.\n` +
      `Images: ${files.join(', ')}\n` +
      `Likely causes: a learning rate (${lr.toPrecision(3)}) too high for the batch, or damaged weights. ` +
      'Lower "optimizer.lr", set "optimizer.clip" (10), or lengthen the warm-up.\n' +
      afterNotFinite(checkpoint),
  );
}

/** What is left to go on from. */
export function afterNotFinite(checkpoint: string | undefined): string {
  if (checkpoint === undefined) return 'There is no checkpoint yet.';
  return (
    `The last checkpoint is ${checkpoint}. A resumed run would come to the same step again: start a new run from that checkpoint, ` +
    'or from one before it, with other settings ("initFrom").'
  );
}
