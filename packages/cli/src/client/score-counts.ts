/** A detection of a picture. */
export interface Scored {
  readonly score: number;
  /** An object of its class is there. */
  readonly isRight: boolean;
}

/** `3 right, 1 wrong, 2 missed`: of the detections with at least a score, in a picture with so many objects. */
export function countText(detections: readonly Scored[], objects: number, least: number): string {
  const shown = detections.filter(({ score }) => score >= least);
  const right = shown.filter(({ isRight }) => isRight).length;
  return `${right} right, ${shown.length - right} wrong, ${objects - right} missed`;
}
