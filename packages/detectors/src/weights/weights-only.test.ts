/** The reader takes what torch's restricted one takes (tools/golden/weights_only.py), file by file and name by name. */
import { readFileSync } from 'node:fs';
import { readTorch } from '../testing/read-torch.ts';
import { torchGlobals } from './torch-globals.ts';

interface Case {
  readonly file: string;
  /** torch.load(weights_only=True) reads it. */
  readonly read: boolean;
}
const golden = JSON.parse(readFileSync(new URL('./fixtures/weights-only.json', import.meta.url), 'utf8')) as {
  globals: string[];
  files: Record<string, Case>;
  tensors: Record<string, Case>;
};
const bytes = ({ file }: Case): Uint8Array => new Uint8Array(Buffer.from(file, 'base64'));

test.each(golden.globals)('%s is in torch’s list, and known here', (name) => {
  expect(torchGlobals('x')(name).name).toBe(name);
});

test.each(Object.entries(golden.files))('beside the weights: %s', (_, golden) => {
  if (golden.read) {
    const state = readTorch(bytes(golden), 'x');
    expect([...state.keys()]).toEqual(['weight']);
    expect([...state.get('weight')!.data]).toEqual([1, 2, 3]);
  } else {
    expect(() => readTorch(bytes(golden), 'x')).toThrow(/^x: the pickle asks for .*nothing of the file is read/);
  }
});

test.each([
  ['Parameter', [1, 1]],
  ['attribute', [1, 1]],
  ['half', [1, 1]],
  ['bfloat16', [1, 1]],
] as const)('a weight that is a %s is read', (name, values) => {
  expect([...readTorch(bytes(golden.tensors[name]!)).get('odd')!.data]).toEqual(values);
});

test.each([
  ['complex64', /'odd' has numbers of the type torch\.ComplexFloatStorage; it is not read/],
  ['uint16', /'odd' has numbers of the type torch\.uint16/],
  ['float8', /'odd' has numbers of the type torch\.float8_e4m3fn/],
  ['quantized', /'odd' is quantized; dequantize it/],
  ['sparse', /'odd' is sparse; save its to_dense\(\)/],
  ['csr', /'odd' is sparse/],
  ['meta', /'odd' is on the meta device, which has no values/],
  ['negated', /'odd' is a view whose values torch turns/],
] as const)('a weight that is %s is refused with the reason', (name, message) => {
  expect(golden.tensors[name]!.read).toBe(true);
  expect(() => readTorch(bytes(golden.tensors[name]!), 'x')).toThrow(message);
});
