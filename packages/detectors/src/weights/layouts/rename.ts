/** Tables of names: what a library calls a weight, what torchvision does. */
export type Rename = readonly [pattern: RegExp, name: (...match: string[]) => string];

/** The first of the table that fits, or undefined. */
export function renamed(name: string, table: readonly Rename[]): string | undefined {
  for (const [pattern, rename] of table) {
    const match = pattern.exec(name);
    if (match) return rename(...match);
  }
  return undefined;
}
