import { noteMeasured, Problems, sentencesOf, type Dataset, type ProblemSummary } from '@sed/datasets-coco';

/** What the numbers of an evaluation rest on that a user would not expect, in sentences. */
export function remarksOn(
  truth: Dataset & { readonly notes?: ProblemSummary; readonly problems?: ProblemSummary },
): string[] {
  const notes = new Problems(truth.source, { examples: 1 });
  if (truth.notes) notes.merge(truth.notes);
  noteMeasured(truth, notes);
  const faults = truth.problems === undefined ? [] : sentencesOf(truth.problems).map((text) => `Passed over: ${text}`);
  return [...faults, ...sentencesOf(notes.summary())];
}
