/** Which images a step sees. */
const LOADER = 'packages/trainer/src/data/loader.ts';
const GROUPED = 'packages/trainer/src/data/grouped-sampler.ts';
const sampler = [['trainer', 'data/sampler']];
const loader = [['trainer', 'data/loader']];
const grouped = [['trainer', 'data/grouped-sampler']];

export const data = [
  {
    name: 'sampler-one-order',
    file: 'packages/trainer/src/data/sampler.ts',
    find: 'randomStream(seed, stream, wanted)',
    replace: 'randomStream(seed, stream, 0)',
    why: 'Every pass has the same order.',
    tests: sampler,
  },
  {
    name: 'sampler-with-replacement',
    file: 'packages/trainer/src/data/sampler.ts',
    find: 'order[position - wanted * size]!',
    replace: 'order[(position - wanted * size) & ~1]!',
    why: 'Half of the images are never seen.',
    tests: sampler,
  },
  {
    name: 'loader-step-repeated',
    file: LOADER,
    find: 'sampler.at(step * batch + place)',
    replace: 'sampler.at(step + place)',
    why: 'A step sees images of the step before it.',
    tests: loader,
  },
  {
    name: 'loader-replacement-of-run',
    file: LOADER,
    find: 'randomStream(seed, replacements, step, place)',
    replace: 'randomStream(seed, replacements)',
    why: 'Unreadable images are replaced by the same one in every step.',
    tests: loader,
  },
  {
    name: 'loader-unlabeled-late',
    file: LOADER,
    find: 'step >= method.burnIn;',
    replace: 'step > method.burnIn;',
    why: 'The first step after the burn-in has no unlabeled images.',
    tests: loader,
  },
  {
    name: 'loader-unreadable-not-told',
    file: LOADER,
    find: 'unreadable.push({ path, reason: outcome.reason });',
    replace: '',
    why: 'Files that cannot be read are passed over without a word, without end.',
    tests: loader,
  },
  {
    name: 'grouped-tall-counted-as-wide',
    file: GROUPED,
    find: 'const index = isTallBatch ? before : b - before;',
    replace: 'const index = b;',
    why: 'Batches of one orientation leave out images.',
    tests: grouped,
  },
  {
    name: 'grouped-not-grouped',
    file: GROUPED,
    find: "groups[isTallBatch ? 'tall' : 'wide']",
    replace: "groups[position % 2 === 0 ? 'tall' : 'wide']",
    why: 'A batch holds images of both orientations.',
    tests: grouped,
  },
  {
    name: 'grouped-square-is-tall',
    file: GROUPED,
    find: 'height > width;',
    replace: 'height >= width;',
    why: 'Square images count as tall.',
    tests: grouped,
  },
];
