import { createHash } from 'node:crypto';

/**
 * What names a set of images: SHA-256 of its ids, rising, as decimal numbers with commas between them and nothing else
 * (`"1,2,30"`). In Python: `hashlib.sha256(",".join(map(str, sorted(ids))).encode()).hexdigest()`.
 */
export function hashIds(ids: Iterable<number>): string {
  const sorted = [...ids].sort((a, b) => a - b);
  return createHash('sha256').update(sorted.join(',')).digest('hex');
}
