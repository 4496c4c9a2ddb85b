import { Option } from 'commander';

/** `--checkpoint` of every command that takes a run. */
export const checkpointOption = (): Option =>
  new Option(
    '--checkpoint <which>',
    'with --run: best (on validation; default), last, a step, or the folder of a checkpoint',
  );

/** `--model-of` of the commands that detect: a network of a run, such as teacher or student. */
export const modelOfOption = (what: string): Option => new Option('--model-of <network>', what);
