/** An older version wrote the run, without something that is needed now; resuming it writes that. */
export class OldRunError extends Error {
  override readonly name = 'OldRunError';
  /** What a program adds to the message: how its user resumes a run. */
  readonly advice = 'resume';
}
