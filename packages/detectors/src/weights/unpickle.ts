/**
 * Python's pickle format, restricted: builds numbers, strings, lists, tuples, dicts and what `globals` allows, and runs
 * nothing. A pickle is a program that may call any Python function; here a function is only ever a key that is looked
 * up in a table of ours, and one that is not in it ends the reading with its name.
 *
 * Dicts become Maps, sets Sets, tuples and lists arrays, `None` null, bytes Uint8Array, whole numbers `number`, or
 * bigint beyond 2^53. What a pickle builds may contain itself and may share parts: nobody may walk through it without a
 * limit.
 */
import { PickleMachine } from './pickle-machine.ts';
import type { Outside, Pickled } from './pickle-machine.ts';
import { OPCODES, STOP } from './pickle-opcodes.ts';
import { PickleReader, u8 } from './pickle-reader.ts';

/** A checkpoint of 10,000 tensors takes 300,000 steps. */
const MOST_STEPS = 5_000_000;

export interface UnpickleOptions extends Outside {
  /** Named in errors. */
  readonly source: string;
}

export interface Unpickled {
  readonly value: Pickled;
  /** Where the pickle ended. */
  readonly end: number;
}

/** @throws with the source named, if the pickle is cut off, damaged, or asks for anything that is not allowed */
export function unpickle(bytes: Uint8Array, start: number, { source, ...outside }: UnpickleOptions): Unpickled {
  const reader = new PickleReader(bytes, start, source);
  const machine = new PickleMachine(reader, outside);
  for (let step = 0; ; step++) {
    if (step > MOST_STEPS) reader.fail(`the pickle has more than ${MOST_STEPS} steps.`);
    const code = u8(reader);
    if (code === STOP) return { value: machine.pop(), end: reader.at };
    const run = OPCODES.get(code);
    if (!run) {
      const written = code.toString(16).padStart(2, '0');
      return reader.fail(`not a readable pickle: opcode 0x${written} at byte ${reader.at - 1} is not allowed here.`);
    }
    run(machine);
  }
}
