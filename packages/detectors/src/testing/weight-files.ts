/** Files that torch and safetensors wrote (tools/golden/weights.py), and what is in them. */
import { readFileSync } from 'node:fs';
import type { StateDict } from '../weights/index.ts';

export type Contents = Record<
  string,
  Record<string, { type: string; shape: number[]; data: (number | boolean | string)[] }>
>;
export const read = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../weights/fixtures/${name}`, import.meta.url)));
export const contents = JSON.parse(Buffer.from(read('contents.json')).toString()) as Contents;

const ARRAYS: Record<string, string> = {
  float64: 'Float64Array',
  float32: 'Float32Array',
  float16: 'Float32Array',
  bfloat16: 'Float32Array',
  int64: 'BigInt64Array',
  int32: 'Int32Array',
  int16: 'Int16Array',
  int8: 'Int8Array',
  uint8: 'Uint8Array',
  bool: 'Uint8Array',
};

/** Types, shapes and values, exactly. */
export function expectContents(state: StateDict, expected: Contents[string]): void {
  expect([...state.keys()].sort()).toEqual(Object.keys(expected).sort());
  for (const [name, { type, shape, data }] of Object.entries(expected)) {
    const found = state.get(name)!;
    expect([name, found.shape, found.data.constructor.name]).toEqual([name, shape, ARRAYS[type]]);
    // exact: Object.is tells -0 from 0 and finds NaN
    const wanted = data.map((x) => Number(x === 'inf' ? Infinity : x === '-inf' ? -Infinity : x));
    expect(Array.from(found.data as ArrayLike<number | bigint>, Number)).toEqual(wanted);
  }
}
