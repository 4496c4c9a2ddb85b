/** Letters to change, add or take away to make `a` of `b` (Levenshtein's distance). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}

/** The name among `names`, of which there is one at least, that is written most like `name`: what a message offers. */
export function nearestName(name: string, names: readonly string[]): string {
  // a name of any length may be passed; past this much of it nothing gets nearer
  const start = name.slice(0, 100);
  const distances = names.map((other) => editDistance(start, other));
  return names[distances.indexOf(Math.min(...distances))]!;
}
