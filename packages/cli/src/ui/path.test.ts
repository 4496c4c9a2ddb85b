import { shownFrom } from './path.ts';

test('what lies below a folder is relative to it, all else is absolute', () => {
  const shown = (path: string) => shownFrom('/home/me', path);
  expect(['/home/me/runs/a', '/home/me', '/home', '/home/you', '/home/me/..a'].map(shown)).toEqual([
    'runs/a',
    '.',
    '/home',
    '/home/you',
    '..a',
  ]);
});
