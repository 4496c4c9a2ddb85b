/**
 * All mutants. One is a `file` of this repository, a text in it that is there exactly once (`find`), what takes its
 * place (`replace`), `why` that is an error, and the `tests` that have to notice, the quickest first: a package's
 * folder, a pattern of its test files, and where not all of a file are needed, what their titles match.
 */
import { average } from './average.mjs';
import { checkpoints } from './checkpoints.mjs';
import { data } from './data.mjs';
import { geometry } from './geometry.mjs';
import { losses } from './losses.mjs';
import { matching } from './matching.mjs';
import { optimizer } from './optimizer.mjs';
import { schedules } from './schedules.mjs';
import { step } from './step.mjs';

export const mutants = [
  ...step,
  ...schedules,
  ...optimizer,
  ...average,
  ...losses,
  ...matching,
  ...geometry,
  ...data,
  ...checkpoints,
];
