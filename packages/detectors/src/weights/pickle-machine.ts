/** The stack and the memo that a pickle's opcodes work on, with limits on what they may build. */
import type { PickleReader } from './pickle-reader.ts';

export type Pickled = unknown;

/** What a global stands for when the pickle calls it. */
export type Constructor = (args: Pickled[]) => Pickled;

/** A global that a pickle names but does not call (a storage type), or one that it calls. */
export class Global {
  readonly name: string;
  readonly construct: Constructor | undefined;
  constructor(name: string, construct?: Constructor) {
    this.name = name;
    this.construct = construct;
  }
}

/** What a pickle may refer to outside of itself. */
export interface Outside {
  /** Looks `module.name` up. Throws for what is not allowed. */
  readonly find: (name: string) => Global;
  /** Resolves a persistent id. */
  readonly load?: ((id: Pickled) => Pickled) | undefined;
}

/**
 * A checkpoint of 10,000 tensors has 60,000 containers; a file of a megabyte that asks for a million dicts would take
 * 200 MB.
 */
const MOST_CONTAINERS = 500_000;

const MARK = Symbol('mark');

/** How many values a constructor would copy. */
const lengthOf = (value: unknown): number => {
  if (value instanceof Map || value instanceof Set) return value.size;
  return typeof value === 'string' || Array.isArray(value) || value instanceof Uint8Array ? value.length : 0;
};

export class PickleMachine {
  readonly reader: PickleReader;
  readonly #outside: Outside;
  readonly #stack: unknown[] = [];
  readonly #memo = new Map<number, unknown>();
  #containers = 0;
  #copied = 0;

  constructor(reader: PickleReader, outside: Outside) {
    this.reader = reader;
    this.#outside = outside;
  }

  push(value: unknown): void {
    this.#stack.push(value);
  }
  mark(): void {
    this.#stack.push(MARK);
  }
  /** Drops the last value, which may be a mark. */
  drop(): void {
    if (this.#stack.length === 0) this.reader.damaged();
    this.#stack.pop();
  }
  pop(): unknown {
    const value = this.top();
    this.#stack.pop();
    return value;
  }
  /** @returns the last `count` values, in the order of the stack */
  popLast(count: number): unknown[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }
  /** @returns what stands after the last mark, which goes too */
  popMark(): unknown[] {
    const mark = this.#stack.lastIndexOf(MARK);
    if (mark < 0) this.reader.damaged();
    const items = this.#stack.splice(mark);
    items.shift();
    return items;
  }
  top(): unknown {
    const value = this.#stack.length > 0 ? this.#stack[this.#stack.length - 1] : MARK;
    return value === MARK ? this.reader.damaged() : value;
  }

  remember(key = this.#memo.size): void {
    this.#memo.set(key, this.top());
  }
  recall(key: number): void {
    this.push(this.#memo.has(key) ? this.#memo.get(key) : this.reader.damaged());
  }

  /** Counts a list, a dict or what a call gives. */
  container<T>(value: T): T {
    if (++this.#containers > MOST_CONTAINERS) this.reader.fail(`the pickle has more than ${MOST_CONTAINERS} objects.`);
    return value;
  }

  find([module, name]: readonly unknown[]): void {
    if (typeof name !== 'string' || typeof module !== 'string') return this.reader.damaged();
    this.push(this.#outside.find(`${module}.${name}`));
  }
  load(): void {
    const { load } = this.#outside;
    if (!load) return this.reader.fail('the pickle refers to data outside of it.');
    this.push(load(this.pop()));
  }
  call(): void {
    const [callee, args] = this.popLast(2);
    if (!Array.isArray(args) || !(callee instanceof Global)) return this.reader.damaged();
    if (!callee.construct) return this.reader.fail(`the pickle calls ${callee.name}, which is not allowed.`);
    // what is written once may be copied once: a pickle that copies one large dict again and again would take all
    // memory
    this.#copied += lengthOf(args[0]);
    if (this.#copied > this.reader.bytes.length)
      this.reader.fail('the pickle copies its own values again and again; torch.save writes no such file.');
    this.push(this.container(callee.construct(args)));
  }
}
