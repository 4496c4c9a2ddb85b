/**
 * Files that are nearly right, made by fast-check out of ones that are: a file is a function of (seed, index), so that
 * a failure can be made again. Half of the changes to a JSON file are to what it says, the others, and all to other
 * files, are to its bytes.
 */
import fc from 'fast-check';

/** Stands for text that JSON.stringify could not write. */
const DEEP = '@deep@';

const ODD_NUMBERS = [
  0,
  -1,
  1,
  255,
  65_535,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 53,
  1e9,
  -1e9,
  1e308,
  -1e308,
  1e-320,
  0.5,
];
const ODD_TEXTS = [
  '',
  ' ',
  'NaN',
  'null',
  '__proto__',
  'constructor',
  'toString',
  '../../etc/passwd',
  '/',
  '*',
  '\0',
  '\ud800',
  'ä',
  '日本',
  '%s',
  '${x}',
];

const oddValue = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(null, true, false, [], {}, [[]], [null], ...ODD_NUMBERS) },
  { weight: 2, arbitrary: fc.constantFrom(...ODD_TEXTS) },
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1_000, max: 100_000 }).map((n) => new Array(n).fill(0)) },
  { weight: 1, arbitrary: fc.integer({ min: 1_000, max: 200_000 }).map((n) => 'a'.repeat(n)) },
  { weight: 1, arbitrary: fc.constant(DEEP) },
);

const jsonEdit = fc.record({
  at: fc.nat(1_000_000),
  how: fc.constantFrom('replace', 'replace', 'replace', 'delete', 'rename', 'double', 'swap', 'add'),
  value: oddValue,
  other: fc.nat(1_000_000),
});

const byteEdit = (tokens) =>
  fc.record({
    at: fc.nat(100_000_000),
    how: fc.constantFrom('flip', 'byte', 'integer', 'token', 'token', 'delete', 'repeat', 'cut', 'move', 'many'),
    value: fc.nat(0xffffffff),
    length: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 200 })),
    count: fc.constantFrom(2, 3, 10, 1_000, 50_000),
    token: fc.constantFrom(...tokens, ...ODD_TEXTS, ...ODD_NUMBERS.map(String)),
  });

/** All places of a value, as `[parent, key]`. */
function placesOf(root) {
  const places = [];
  const visit = (value) => {
    if (typeof value !== 'object' || value === null) return;
    for (const key of Object.keys(value)) {
      places.push([value, key]);
      visit(value[key]);
    }
  };
  visit(root);
  return places;
}

function editJson(text, edits) {
  const holder = { root: JSON.parse(text) };
  for (const { at, how, value, other } of edits) {
    const places = placesOf(holder);
    if (places.length === 0) break;
    const [parent, key] = places[at % places.length];
    const [otherParent, otherKey] = places[other % places.length];
    const set = (target, name, v) =>
      Object.defineProperty(target, name, { value: v, enumerable: true, writable: true, configurable: true });
    if (how === 'replace') set(parent, key, structuredClone(value));
    else if (how === 'delete' && Array.isArray(parent)) parent.splice(Number(key), 1);
    else if (how === 'delete') delete parent[key];
    else if (how === 'rename' && !Array.isArray(parent)) {
      set(parent, `${key}0`, parent[key]);
      delete parent[key];
    } else if (how === 'double' && Array.isArray(parent)) parent.push(structuredClone(parent[key]));
    else if (how === 'swap' && parent !== holder) set(parent, key, structuredClone(otherParent[otherKey]));
    else if (how === 'add' && typeof parent[key] === 'object' && parent[key] !== null)
      set(parent[key], Array.isArray(parent[key]) ? parent[key].length : 'extra', structuredClone(value));
  }
  return JSON.stringify(holder.root ?? null).replaceAll(`"${DEEP}"`, () => '['.repeat(20_000) + ']'.repeat(20_000));
}

/** No mutated file is larger. */
const LARGEST = 4 * 2 ** 20;

function editBytes(bytes, edits) {
  let data = Buffer.from(bytes);
  for (const { at: place, how, value, length, count, token } of edits) {
    const at = data.length === 0 ? 0 : place % data.length;
    const part = data.subarray(at, at + length);
    const around = (middle) => Buffer.concat([data.subarray(0, at), middle, data.subarray(at)]);
    if (how === 'flip' && data.length > 0) data[at] ^= 1 << (value % 8);
    else if (how === 'byte' && data.length > 0) data[at] = value % 256;
    else if (how === 'integer' && data.length >= at + 4)
      data.writeUInt32LE(ODD_NUMBERS[value % ODD_NUMBERS.length] >>> 0, at);
    else if (how === 'token') data = around(Buffer.from(token));
    else if (how === 'delete') data = Buffer.concat([data.subarray(0, at), data.subarray(at + length)]);
    else if (how === 'repeat') data = around(part);
    else if (how === 'cut') data = data.subarray(0, at);
    else if (how === 'move')
      data = Buffer.concat([
        data.subarray(0, value % (data.length + 1)),
        part,
        data.subarray(value % (data.length + 1)),
      ]);
    else if (how === 'many')
      data = around(
        Buffer.concat(new Array(Math.min(count, Math.floor(LARGEST / Math.max(1, part.length)))).fill(part)),
      );
    data = Buffer.from(data.subarray(0, LARGEST));
  }
  return data;
}

/**
 * One mutated set of files.
 * @param seeds each a `{ name: Buffer }` of files that belong together
 * @param tokens what the format's words are
 */
export function mutated(seeds, tokens, seed, index) {
  const edits = fc.array(byteEdit(tokens), { minLength: 1, maxLength: 4 });
  const plan = fc.record({
    from: fc.nat(),
    file: fc.nat(),
    structure: fc.boolean(),
    json: fc.array(jsonEdit, { minLength: 1, maxLength: 4 }),
    bytes: edits,
  });
  const [drawn] = fc.sample(plan, { seed: (Math.imul(seed, 0x9e3779b1) ^ index) | 0, numRuns: 1 });
  const files = { ...seeds[drawn.from % seeds.length] };
  const names = Object.keys(files);
  const name = names[drawn.file % names.length];
  if (drawn.structure && name.endsWith('.json'))
    files[name] = Buffer.from(editJson(files[name].toString(), drawn.json));
  else files[name] = editBytes(files[name], drawn.bytes);
  return files;
}
