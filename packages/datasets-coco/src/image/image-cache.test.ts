import { createImageCache } from './image-cache.ts';
import type { DecodedImage } from './decoded-image.ts';

const KIB = 1024;
/** An image of 256 KiB; four of them are a megabyte. */
const image = (kib = 256): DecodedImage => ({ pixels: new Uint8Array(kib * KIB), width: 1, height: 1 });

function counting(kib?: (path: string) => number) {
  const decoded: string[] = [];
  const decode = async (path: string) => {
    decoded.push(path);
    await Promise.resolve();
    return image(kib?.(path));
  };
  return { decoded, decode };
}

test('an image is decoded once', async () => {
  const { decoded, decode } = counting();
  const cache = createImageCache({ megabytes: 1, decode });
  const first = await cache.get('a');
  expect(await cache.get('a')).toBe(first);
  expect(decoded).toEqual(['a']);
  expect([cache.hits, cache.misses, cache.size, cache.bytes]).toEqual([1, 1, 1, 256 * KIB]);
});

test('requests that overlap share one decoding', async () => {
  const { decoded, decode } = counting();
  const cache = createImageCache({ megabytes: 0, decode });
  const images = await Promise.all([cache.get('a'), cache.get('a'), cache.get('b')]);
  expect(images[0]).toBe(images[1]);
  expect(decoded).toEqual(['a', 'b']);
  expect(cache.size).toBe(0);
  await cache.get('a');
  expect(decoded).toEqual(['a', 'b', 'a']);
});

test('the least recently used image goes first', async () => {
  const { decoded, decode } = counting();
  const cache = createImageCache({ megabytes: 1, decode });
  for (const path of ['a', 'b', 'c', 'd', 'a', 'e']) await cache.get(path); // 'b' is oldest when 'e' comes
  decoded.length = 0;
  for (const path of ['a', 'c', 'd', 'e']) await cache.get(path);
  expect(decoded).toEqual([]);
  await cache.get('b');
  expect(decoded).toEqual(['b']);
});

test('memory is bounded over many images of many sizes, whatever overlaps', async () => {
  const { decode } = counting((path) => (Number(path) * 37) % 700);
  const cache = createImageCache({ megabytes: 2, decode });
  let most = 0;
  for (let i = 0; i < 400; i += 8) {
    const batch = Array.from({ length: 8 }, (_, j) => cache.get(String((i * 5 + j * 11) % 97)));
    for (const next of batch) {
      await next;
      most = Math.max(most, cache.bytes);
    }
  }
  expect(most).toBeLessThanOrEqual(2 * 2 ** 20);
  expect(most).toBeGreaterThan(1.2 * 2 ** 20);
});

test('an image larger than the bound is given and not kept, and drives nothing out', async () => {
  const { decode } = counting((path) => (path === 'huge' ? 2000 : 256));
  const cache = createImageCache({ megabytes: 1, decode });
  await cache.get('a');
  expect((await cache.get('huge')).pixels).toHaveLength(2000 * KIB);
  expect([cache.size, cache.bytes]).toEqual([1, 256 * KIB]);
});

test('an error goes to everyone who waits and is not kept', async () => {
  let fail = true;
  const cache = createImageCache({
    megabytes: 1,
    decode: async () => {
      await Promise.resolve();
      if (fail) throw new Error('broken');
      return image();
    },
  });
  const results = await Promise.allSettled([cache.get('a'), cache.get('a')]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  fail = false;
  await expect(cache.get('a')).resolves.toBeDefined();
});

test('clear forgets what is held and what is still being decoded', async () => {
  const { decoded, decode } = counting();
  const cache = createImageCache({ megabytes: 1, decode });
  await cache.get('a');
  const late = cache.get('b');
  cache.clear();
  await late;
  expect([cache.size, cache.bytes]).toEqual([0, 0]);
  await cache.get('b');
  expect(decoded).toEqual(['a', 'b', 'b']);
});

test('refuses a bound that is none', () => {
  expect(() => createImageCache({ megabytes: -1 })).toThrow("megabytes is -1; the cache's bound must be 0 or more.");
  expect(() => createImageCache({ megabytes: NaN })).toThrow('megabytes is NaN');
});
