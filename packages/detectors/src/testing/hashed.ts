/** Numbers that Python and TypeScript make alike, and the golden numbers made of them. */
export { expectSample, hashedParameters, uniform, type Sample } from '@sed/testing';

/** A committed JSON file of golden numbers. */
export async function fixture<T>(name: string): Promise<T> {
  const { readFile } = await import('node:fs/promises');
  return JSON.parse(await readFile(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8')) as T;
}
