import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { prefetch } from '../image/prefetch.ts';
import type { Problems } from '../problems.ts';
import { nothingUnlabeled, sharedImages } from '../split/shared-images.ts';
import type { CheckPart, ReadImage } from './types.ts';

interface Entry extends ReadImage {
  readonly part: CheckPart;
}

/** Bytes of a file's head that tell most files of one length apart. */
const HEAD = 4096;
const AT_ONCE = 8;

/**
 * Warns of the same picture in several places: one file named twice, or copies under several names. Only files of one
 * length are compared, first by their head, then whole, so that nearly nothing is read where nothing is the same.
 */
export async function findDuplicates(
  parts: readonly { readonly part: CheckPart; readonly read: readonly ReadImage[] }[],
  warnings: Problems,
  options: { readonly signal?: AbortSignal | undefined; readonly onProgress?: (done: number, of: number) => void } = {},
): Promise<void> {
  const byPath = new Map<string, Entry>();
  const labeled = new Set<string>();
  for (const { part, read } of parts) {
    if (part.role === 'labeled') for (const { image } of read) labeled.add(image.path);
    if (part.role !== 'unlabeled' || read.length === 0 || !read.every(({ image }) => labeled.has(image.path))) continue;
    warnings.add({ file: part.dataset.source, at: '', ...nothingUnlabeled(read.length), skips: 'nothing' });
  }
  const single: Entry[] = [];
  for (const { part, read } of parts) {
    for (const image of read) {
      const entry = { part, ...image };
      const first = byPath.get(image.image.path);
      if (first !== undefined) warn(first, entry, 'the same file', warnings);
      else {
        byPath.set(image.image.path, entry);
        single.push(entry);
      }
    }
  }
  const candidates = groupsOf(single, ({ bytes }) => bytes).flat();
  let done = 0;
  const hash = async (entry: Entry, bytes: number) => {
    const key = options.signal?.aborted ? entry.image.path : await hashOf(entry.image.path, bytes);
    options.onProgress?.(++done, candidates.length);
    return { entry, key: `${entry.bytes} ${key}` };
  };
  const alike = async (entries: readonly Entry[], bytes: number) => {
    const hashed = [];
    for await (const found of prefetch(entries, (entry) => hash(entry, bytes), { ahead: AT_ONCE })) hashed.push(found);
    return groupsOf(hashed, ({ key }) => key).map((group) => group.map(({ entry }) => entry));
  };
  const sameHead = (await alike(candidates, HEAD)).flat();
  for (const [first, ...copies] of await alike(sameHead, Number.POSITIVE_INFINITY)) {
    for (const copy of copies) warn(first as Entry, copy, 'the same bytes', warnings);
  }
}

/** Groups of two and more items of one key. */
function groupsOf<T>(items: readonly T[], keyOf: (item: T) => unknown): T[][] {
  const groups = new Map<unknown, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}

async function hashOf(path: string, bytes: number): Promise<string> {
  const hash = createHash('sha1');
  const file = await open(path);
  try {
    const buffer = Buffer.allocUnsafe(Math.min(bytes, 1 << 18));
    for (let left = bytes; left > 0;) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(left, buffer.length));
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      left -= bytesRead;
    }
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}

function warn(first: Entry, copy: Entry, same: string, warnings: Problems): void {
  const place = (entry: Entry) => `${entry.image.path} (image id ${entry.image.id}, ${entry.part.name})`;
  const problem = {
    file: copy.image.path,
    at: '',
    found: `image id ${copy.image.id} of ${copy.part.name} has ${same} as ${place(first)}`,
    skips: 'nothing' as const,
  };
  if (first.part === copy.part) {
    warnings.add({
      ...problem,
      kind: 'images that are there twice',
      advice: 'each counts twice in training, and boxes may be missing from one of the two: keep one',
    });
  } else warnings.add({ ...problem, ...sharedImages([first.part.role, copy.part.role]) });
}
