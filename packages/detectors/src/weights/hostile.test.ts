/** Small files that ask for much, or for what is not there: each is refused with its name, and costs little. */
import { openWeights, readWeights, writeSafetensors } from './index.ts';
import { readTorch } from '../testing/read-torch.ts';
import { archiveOf, op, pickleOf, zipOf } from '../testing/torch-archive.ts';

const pickled = (opcodes: string): Uint8Array => archiveOf(pickleOf(opcodes));
const model = (tensor: string): Uint8Array => pickled(op.dict(op.text('w'), tensor));
const refused = (bytes: Uint8Array, message: RegExp): void => {
  expect(() => readTorch(bytes, 'x.pth')).toThrow(message);
  expect(() => readTorch(bytes, 'x.pth')).toThrow(/^x\.pth: /);
};

describe('tensors', () => {
  test('the archive is right: a tensor, its transpose, an expanded one', () => {
    const read = (tensor: string): number[] => [...(readTorch(model(tensor)).get('w')!.data as Float32Array)];
    expect(read(op.tensor())).toEqual([1, 2, 3, 4]);
    expect(read(op.tensor({ shape: [2, 2], strides: [1, 2] }))).toEqual([1, 3, 2, 4]);
    expect(read(op.tensor({ shape: [3, 2], strides: [0, 1] }))).toEqual([1, 2, 1, 2, 1, 2]);
    expect(read(op.tensor({ offset: op.int(3), shape: [1], strides: [7] }))).toEqual([4]);
    expect(read(op.tensor({ shape: [0, 5], strides: [5, 1] }))).toEqual([]);
  });

  test.each([
    ['expanded to 1.6 GB', op.tensor({ shape: [400_000_000], strides: [0] })],
    ['expanded to 8 GB', op.tensor({ shape: [2n ** 31n], strides: [0] })],
    ['expanded along two axes', op.tensor({ shape: [30_000, 30_000, 4], strides: [0, 0, 1] })],
    ['overlapping itself', op.tensor({ shape: [2, 2 ** 30], strides: [1, 0] })],
    ['of more values than numbers count', op.tensor({ shape: [2n ** 50n, 2n ** 50n], strides: [0, 0] })],
  ])('%s', (_, tensor) => refused(model(tensor), /'w' \[.*\] takes .* bytes.*expanded tensor/));

  test('several expanded ones share one limit', () => {
    const tensor = op.tensor({ shape: [2 ** 22], strides: [0] }); // 16 MB
    const many = Array.from({ length: 8 }, (_, i) => op.text(`w${i}`) + tensor);
    refused(pickled(op.dict(...many)), /'w4' .*expanded tensor/);
  });

  test('a negative offset gives no values of its own', () => {
    for (const offset of [op.int(-1), op.int(-4), op.long(-(2n ** 40n))]) {
      refused(model(op.tensor({ offset, shape: [1], strides: [1] })), /a tensor in the pickle is damaged/);
    }
  });

  test.each([
    ['beyond its storage', { shape: [5] }],
    ['strides beyond its storage', { shape: [2, 2], strides: [4, 1] }],
    ['an offset beyond its storage', { offset: op.long(2n ** 52n), shape: [1] }],
  ] as const)('%s', (_, parts) => refused(model(op.tensor(parts)), /reaches beyond its storage of 4 values/));

  test.each([
    ['negative sizes', { shape: [-1] }],
    ['negative strides', { shape: [2], strides: [-1] }],
    ['more strides than sizes', { shape: [2], strides: [1, 1] }],
    ['sizes beyond 2^53', { shape: [2n ** 60n], strides: [0] }],
    ['100 axes', { shape: Array<number>(100).fill(1), strides: Array<number>(100).fill(1) }],
  ] as const)('%s', (_, parts) => refused(model(op.tensor(parts)), /a tensor in the pickle is damaged/));
});

describe('pickles', () => {
  test('a dict that contains itself', () => {
    refused(pickled(`}q\x00${op.text('model')}h\x00s`), /no tensors under any of its keys \(model\)/);
    refused(pickled(`}q\x00(${op.text('a')}h\x00${op.text('b')}h\x00u`), /no tensors under any/);
  });

  test('dicts within dicts', () => {
    const depth = 100_000;
    refused(pickled('}' + `${op.text('a')}}`.repeat(depth) + 's'.repeat(depth)), /no tensors under any/);
  });

  test('tuples within tuples, and what doubles at each step', () => {
    refused(pickled(')' + '\x85'.repeat(400_000)), /holds no dict of tensors/);
    const doubled = ')' + '2\x86'.repeat(60);
    refused(pickled(doubled), /holds no dict of tensors/);
    refused(pickled(op.dict(op.text('w'), `${doubled}Q`)), /no storage of numbers/);
    refused(
      pickled(
        op.dict(
          op.text('w'),
          `${op.tuple(op.text('storage'), op.global('torch.FloatStorage'), doubled, 'N', 'K\x04')}Q`,
        ),
      ),
      /no storage/,
    );
    refused(pickled(`${doubled}${op.text('a')}\x93`), /not a readable pickle/);
  });

  test('whole numbers of many bytes', () => {
    const digits = 300_000;
    refused(pickled(`\x8b${op.int(digits).slice(1)}${'\x7f'.repeat(digits)}`), /a whole number of 300000 bytes/);
  });

  test('OrderedDict of what is no list of pairs', () => {
    refused(pickled(op.call('collections.OrderedDict', op.int(5))), /a list in the pickle is damaged/);
    refused(pickled(op.call('collections.OrderedDict', op.tuple(op.int(5)))), /a dict in the pickle is damaged/);
    refused(pickled(op.call('collections.OrderedDict', op.text('ab'))), /a list in the pickle is damaged/);
    refused(pickled(op.call('builtins.set', op.int(5))), /a list in the pickle is damaged/);
    refused(pickled(op.call('torch._tensor._rebuild_from_type_v2', op.int(5))), /a tensor in the pickle is damaged/);
  });

  test('one large list that is copied again and again', () => {
    const list = `](${'K\x01'.repeat(100_000)}eq\x00`;
    const copies = `${op.global('builtins.set')}h\x00\x85R0`.repeat(1000);
    refused(pickled(`${list}0${copies}N`), /copies its own values again and again/);
  });

  test('millions of empty dicts', () => {
    refused(pickled('}'.repeat(1_000_000)), /more than 500000 objects/);
    refused(pickled('N'.repeat(6_000_000)), /more than 5000000 steps/);
  });

  test('marks where values belong', () => {
    for (const opcodes of ['(2', '(q\x00h\x00', '(\x85', '(K\x01s', 'u', '0', 'R', '(.'])
      refused(pickled(opcodes), /not a readable pickle/);
  });

  test('a name as long as the file is not repeated whole', () => {
    const name = 'a'.repeat(1_000_000);
    for (const bytes of [
      pickled(op.global(`os.${name}`)),
      pickled(op.dict(op.text(name), op.tensor({ shape: [5] }))),
      pickled(op.dict(op.text(name), op.int(1))),
    ]) {
      expect(() => readTorch(bytes, 'x.pth')).toThrow(/^x\.pth: .{10,600}$/s);
    }
  });
});

describe('names', () => {
  const named = (names: Iterable<string>): Uint8Array =>
    writeSafetensors(new Map(Array.from(names, (name) => [name, { shape: [0], data: new Float32Array(0) }] as const)));
  const many = (count: number, opcodesOf: (n: number) => string): string[] =>
    Array.from({ length: count }, (_, n) => opcodesOf(n));

  test('150,000 models: more than a call takes arguments', () => {
    const file = named(many(150_000, (n) => `${n}.backbone.body.a`));
    for (const read of [openWeights, readWeights])
      expect(() => read(file, 'x')).toThrow(/^x: several of its keys have tensors \(0\., 1\., .{10,300}…\)/);
  });

  test('models within models: the one that is meant has what is no other’s', () => {
    const own = ['student.backbone.body.a', 'student.rest'];
    const others = many(30_000, (n) => `student.ema.${n}.backbone.body.a`);
    const { names, notes } = openWeights(named([...own, ...others]), 'x', { model: 'student' });
    expect(names).toEqual(own);
    expect(notes).toEqual([expect.stringMatching(/the student is taken \(student\.\), not .{10,300}…\.$/)]);
    // a name that is sorted between two of them
    const few = ['backbone.body.a', 'ema.b.backbone.body.a', 'ema.b.c.rest', 'ema.bb.rest', 'ema.d.rest'];
    expect(openWeights(named(few), 'x', { model: 'student' }).names).toEqual([few[0], few[3], few[4]]);
  });

  test('wrapped 150,000 times', () => {
    const wrapped = 'module.'.repeat(150_000);
    expect([...openWeights(named([`${wrapped}a`, `${wrapped}b`]), 'x').tensors.keys()]).toEqual(['a', 'b']);
  });

  test('a key as long as the file, above 20,000 models', () => {
    const entries = many(20_000, (n) => op.text(`${n}.backbone.body.a`) + op.tensor({ shape: [1] }));
    refused(pickled(op.dict(op.text('k'.repeat(1_000_000)), op.dict(...entries))), /several of its keys have tensors/);
  });
});

describe('archives', () => {
  const pickle = pickleOf(op.dict(op.text('w'), op.tensor()));

  test('a byteorder of 2 MB', () => {
    const order = { name: 'archive/byteorder', data: new Uint8Array(2 ** 21).fill(0x61) };
    expect([...readTorch(archiveOf(pickle, [order])).get('w')!.data]).toEqual([1, 2, 3, 4]);
  });

  test('entries that share bytes, and one name twice', () => {
    const data = new Uint8Array(16);
    const entries = (at: number | undefined, second: string) => [
      { name: 'archive/data.pkl', data: pickle },
      { name: 'archive/data/0', data },
      { name: second, data, ...(at === undefined ? {} : { at }) },
    ];
    refused(
      zipOf(entries(30 + 'archive/data.pkl'.length + pickle.length, 'archive/data/1')),
      /entries of the archive overlap/,
    );
    refused(zipOf(entries(undefined, 'archive/data/0')), /has 'archive\/data\/0' twice/);
  });

  test('a storage that is not there', () => {
    refused(zipOf([{ name: 'archive/data.pkl', data: pickle }]), /the values of storage 0 are missing/);
  });
});
