import type { Dataset, ProblemSummary } from '@sed/datasets-coco';
import { noteTraps, Problems, sentencesOf } from '@sed/datasets-coco/check';

/**
 * What is odd about the ground truth of an evaluation, in sentences; `evaluationRemarks` says what its classes and
 * detections tell.
 */
export function remarksOn(
  truth: Dataset & { readonly notes?: ProblemSummary; readonly problems?: ProblemSummary },
): string[] {
  const notes = new Problems(truth.source, { examples: 1 });
  if (truth.notes) notes.merge(truth.notes);
  noteTraps(truth, notes);
  const faults = truth.problems === undefined ? [] : sentencesOf(truth.problems).map((text) => `Passed over: ${text}`);
  return [...faults, ...sentencesOf(notes.summary())];
}
