import { methodLabel, networkLabel, networksOf, type Network } from './networks.ts';

const names = (networks: readonly Network[]) => networks.map(({ name, role }) => `${name} ${role}`);

test('an older run keeps a student and its average, the average first', () => {
  expect(names(networksOf(undefined, ['student']))).toEqual(['teacher averaged', 'student trained']);
});

test('the networks that a run states, in its order but for the averages, and those that only its evaluations have', () => {
  const stated = [
    { name: 'a', role: 'trained' },
    { name: 'b', role: 'trained' },
    { name: 'start', role: 'frozen' },
    { name: 'mean of a', role: 'averaged' },
  ];
  expect(names(networksOf(stated, ['b', 'c']))).toEqual([
    'mean of a averaged',
    'a trained',
    'b trained',
    'start frozen',
    'c trained',
  ]);
});

test.each([[[]], ['student'], [[{ name: 1, role: 'trained' }, { name: 'x', role: 'boss' }, null]], [{}]])(
  'what is no list of networks is taken for none: %j',
  (stated) => {
    expect(names(networksOf(stated, []))).toEqual(['teacher averaged', 'student trained']);
  },
);

test('labels: the baseline calls its two EMA and raw by their roles, others have their names', () => {
  const own = networksOf(
    [
      { name: 'net', role: 'trained' },
      { name: 'mean', role: 'averaged' },
    ],
    [],
  );
  const labels = (method: string) => own.map((network) => networkLabel(network, method, own));
  expect(labels('supervised')).toEqual(['EMA', 'raw']);
  expect(labels('mine')).toEqual(['mean', 'net']);
  const two = networksOf(
    [
      { name: 'a', role: 'trained' },
      { name: 'b', role: 'trained' },
    ],
    [],
  );
  expect(two.map((network) => networkLabel(network, 'supervised', two))).toEqual(['a', 'b']);
  expect([methodLabel('sed'), methodLabel('mine')]).toEqual(['SED', 'mine']);
});
