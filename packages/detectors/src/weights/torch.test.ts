/** Files that torch wrote (tools/golden/weights.py), number by number, and files that must not be read. */
import { readWeights } from './index.ts';
import { readTorch } from '../testing/read-torch.ts';
import type { StateDict } from './index.ts';
import { contents, expectContents, read } from '../testing/weight-files.ts';
import type { Contents } from '../testing/weight-files.ts';

describe('reads what torch wrote', () => {
  const files = Object.keys(contents).filter((name) => name.endsWith('.pth'));
  test('every fixture', () => expect(files.length).toBe(11));

  test.each(files.filter((name) => name !== 'parallel.pth'))('%s', (name) => {
    expectContents(readTorch(read(name), name), contents[name]!);
    expectContents(readWeights(read(name), name), contents[name]!);
  });

  test('parallel.pth keeps its names here; loading takes the prefix away', () => {
    expectContents(readTorch(read('parallel.pth')), contents['parallel.pth']!);
  });

  test('from any place in a larger buffer, aligned or not', () => {
    for (const name of ['zip.pth', 'legacy.pth', 'types.pth', 'mixed.safetensors']) {
      const bytes = read(name);
      for (const shift of [1, 4, 6]) {
        const larger = new Uint8Array(bytes.length + 16).fill(7);
        larger.set(bytes, shift);
        expectContents(readWeights(larger.subarray(shift, shift + bytes.length), name), contents[name]!);
      }
    }
  });

  test('whole tensors are views on the file, so that a large one is not held twice', () => {
    const bytes = read('zip.pth');
    const weight = readTorch(bytes).get('4.weight')!;
    expect(weight.data.buffer).toBe(bytes.buffer);
  });

  test('tensors of one storage share its values', () => {
    const state = readTorch(read('views.pth'));
    expect(state.get('offset')!.data.buffer).toBe(state.get('whole')!.data.buffer);
  });
});

describe('refuses, by name', () => {
  test.each<[string, RegExp]>([
    ['refuse-call.pth', /asks for (posix|nt)\.system, which could run code.*torch\.save\(model\.state_dict\(\)/],
    ['refuse-call-legacy.pth', /asks for (posix|nt)\.system/],
    ['refuse-module.pth', /asks for torch\.nn\.modules\.linear\.Linear/],
    ['refuse-namespace.pth', /asks for argparse\.Namespace/],
    ['refuse-no-tensors.pth', /no tensors under any of its keys \(epoch\)/],
    ['refuse-ambiguous.pth', /several of its keys have tensors \(a, b\)/],
    ['refuse-compressed.pth', /is compressed \(method 8\)/],
    ['refuse-script.pt', /TorchScript/],
  ])('%s', (name, message) => {
    expect(() => readTorch(read(name), name)).toThrow(message);
    expect(() => readTorch(read(name), name)).toThrow(new RegExp(`^${name.replace('.', '\\.')}: `));
  });

  test('names of JavaScript’s own objects are no globals', () => {
    const pickle = (module: string, name: string): Uint8Array =>
      Buffer.from(`\x80\x02c${module}\n${name}\n)R.`, 'latin1');
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      expect(() => readTorch(pickle('torch', name))).toThrow(`torch.${name}`);
      expect(() => readTorch(pickle('torch', `${name}Storage`))).toThrow(`torch.${name}Storage`);
    }
    expect(() => readTorch(pickle('torch', 'FloatStorage'))).toThrow(/calls torch\.FloatStorage, which is not allowed/);
  });

  test('other files', () => {
    expect(() => readTorch(new Uint8Array(0), 'x.pth')).toThrow(/x\.pth: not a file that torch\.save wrote/);
    expect(() => readWeights(Buffer.from('hello, world'), 'x')).toThrow(
      /x: neither a torch file.*begins with 68 65 6c 6c/,
    );
    expect(() => readTorch(Buffer.from('\x80\x02K\x01.', 'latin1'))).toThrow(
      /a pickle, but not one that torch\.save wrote/,
    );
    const tar = new Uint8Array(600);
    tar.set(Buffer.from('ustar'), 257);
    expect(() => readTorch(tar)).toThrow(/tar format/);
  });
});

describe('damage', () => {
  const whole = (name: string): Contents[string] => contents[name]!;
  const mustSay = /x: /;

  test.each(['zip.pth', 'legacy.pth', 'views.pth', 'types-legacy.pth', 'mixed.safetensors'])(
    '%s cut off anywhere is an Error that names the file',
    (name) => {
      const bytes = read(name);
      for (let length = 0; length < bytes.length; length += 7) {
        expect(() => readWeights(bytes.slice(0, length), 'x')).toThrow(mustSay);
      }
    },
  );

  test.each(['zip.pth', 'legacy.pth', 'nested.pth', 'floats.safetensors'])(
    '%s with any byte changed is read or is an Error, never a crash',
    (name) => {
      const bytes = read(name);
      const crashes: string[] = [];
      for (let at = 0; at < bytes.length; at += 5) {
        for (const change of [0xff, 0x01]) {
          const damaged = bytes.slice();
          damaged[at]! ^= change;
          let state: StateDict | undefined;
          try {
            state = readWeights(damaged, 'x');
          } catch (error) {
            if (!mustSay.test((error as Error).message)) crashes.push(`byte ${at}: ${(error as Error).message}`);
          }
          for (const { shape, data } of state?.values() ?? []) {
            if (data.length !== shape.reduce((a, b) => a * b, 1))
              crashes.push(`byte ${at}: ${data.length} for [${shape.join()}]`);
          }
        }
      }
      expect(crashes).toEqual([]);
    },
  );

  test('the fixtures are whole', () => expectContents(readTorch(read('legacy.pth')), whole('legacy.pth')));
});
