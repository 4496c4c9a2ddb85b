/**
 * Image ids for formats that have names only. Names of digits keep their number (`000005` is 5), so do VOC 2012's
 * (`2007_000032` is 2007000032), where all names of the data set are such and no two give the same number; otherwise an
 * id is the 1-based position in the sorted list of the names.
 *
 * @param names all names of a data set, whatever part of it is read, so that an id does not depend on the part
 */
export function imageIds(names: Iterable<string>): Map<string, number> {
  const sorted = [...new Set(names)].sort((a, b) => (a < b ? -1 : 1));
  const numbers = sorted.map(numberOf);
  const numeric = numbers.every((id) => id !== undefined) && new Set(numbers).size === sorted.length;
  return new Map(sorted.map((name, i) => [name, numeric ? (numbers[i] as number) : i + 1]));
}

/**
 * The number that a name is, without its folder and extension; 0 is none, as pycocotools takes the id 0 for no match.
 */
function numberOf(name: string): number | undefined {
  const base = (name.split('/').at(-1) as string).replace(/\.[a-z]+$/i, '');
  const digits = /^\d+$/.test(base) ? base : /^(?:19|20)\d\d_\d{6}$/.test(base) ? base.replace('_', '') : undefined;
  const number = Number(digits);
  return digits !== undefined && number > 0 && Number.isSafeInteger(number) ? number : undefined;
}
