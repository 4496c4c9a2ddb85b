/** safetensors, against files and verdicts of the reference implementation. */
import { runInNewContext } from 'node:vm';
import { readSafetensors, writeSafetensors } from './index.ts';
import { contents, expectContents, read } from '../testing/weight-files.ts';

describe('safetensors', () => {
  test.each(['floats.safetensors', 'mixed.safetensors'])('%s, as Python wrote it', (name) => {
    expectContents(readSafetensors(read(name)).tensors, contents[name]!);
  });

  test('metadata', () => {
    expect(readSafetensors(read('floats.safetensors')).metadata).toEqual({ format: 'pt' });
    expect(readSafetensors(read('mixed.safetensors')).metadata).toEqual({});
  });

  test('writes the bytes that Python writes, whatever the order of the names', () => {
    const bytes = read('floats.safetensors');
    const { tensors, metadata } = readSafetensors(bytes);
    expect(Buffer.from(writeSafetensors(tensors, metadata)).equals(Buffer.from(bytes))).toBe(true);
    const turned = new Map([...tensors].reverse());
    expect(Buffer.from(writeSafetensors(turned, metadata)).equals(Buffer.from(bytes))).toBe(true);
  });

  test('all types of numbers come back', () => {
    const { tensors } = readSafetensors(read('mixed.safetensors'));
    const again = readSafetensors(writeSafetensors(tensors, { b: '2', a: 'ä' }));
    expect(again.metadata).toEqual({ a: 'ä', b: '2' });
    expect(Object.keys(again.metadata)).toEqual(['a', 'b']);
    for (const [name, { shape, data }] of tensors) {
      expect(again.tensors.get(name)).toEqual({ shape, data });
    }
  });

  test('what is not right is named', () => {
    const file = (header: string, values = 0): Uint8Array => {
      const bytes = new Uint8Array(8 + header.length + values);
      new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
      bytes.set(Buffer.from(header), 8);
      return bytes;
    };
    const entry = (dtype: string, shape: string, offsets: string): string =>
      `{"w":{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}}`;
    expect(() => readSafetensors(file(entry('F32', '[2]', '[0,8]'), 4), 'x')).toThrow(
      /x: cut off: the header tells of 8/,
    );
    expect(() => readSafetensors(file(entry('F32', '[2]', '[0,4]'), 4), 'x')).toThrow(
      /'w' is F32 \[2\], 8 bytes, but its offsets span 4/,
    );
    expect(() => readSafetensors(file(entry('F8_E4M3', '[4]', '[0,4]'), 4), 'x')).toThrow(/number type F8_E4M3/);
    expect(() => readSafetensors(file(entry('toString', '[4]', '[0,4]'), 4), 'x')).toThrow(/number type toString/);
    expect(() => readSafetensors(file(entry('F32', '[-1]', '[4,0]'), 4), 'x')).toThrow(
      /has the number -1; there are only counts/,
    );
    expect(() => readSafetensors(file('{"w":null}'), 'x')).toThrow(/'w' has no dtype/);
    expect(() => readSafetensors(file('[1]'), 'x')).toThrow(/no JSON object/);
    expect(() => readSafetensors(file('{"w"'), 'x')).toThrow(/not JSON/);
    expect(() => writeSafetensors(new Map([['w', { shape: [3], data: new Float32Array(2) }]]))).toThrow(
      /'w' has shape \[3\] but 2 values/,
    );
  });

  test('what the reference reads is read, what it refuses is refused', () => {
    // tools/golden/safetensors_verdicts.py; its 3,000 files of another seed had the same verdicts
    const cases = JSON.parse(Buffer.from(read('safetensors-verdicts.json')).toString()) as [string, 0 | 1][];
    const differ = cases.filter(([file, verdict]) => {
      try {
        readSafetensors(new Uint8Array(Buffer.from(file, 'base64')), 'x');
        return verdict !== 1;
      } catch (error) {
        expect((error as Error).message).toMatch(/^x: /);
        return verdict !== 0;
      }
    });
    expect(cases.length).toBe(400);
    expect(differ).toEqual([]);
  });
});

test('an array that another realm has made is of the same type', () => {
  const data = runInNewContext('new Float32Array([1, -2])') as Float32Array;
  const { tensors } = readSafetensors(writeSafetensors(new Map([['w', { shape: [2], data }]])));
  expect([...tensors.get('w')!.data]).toEqual([1, -2]);
});
