import { Writable } from 'node:stream';
import type { Io } from '../io.ts';
import { createTalk } from './console.ts';
import { printable } from './printable.ts';

test('control characters are shown, lines and colors and all scripts stay', () => {
  expect(printable('a\u001b[2Jb\u0007\u009bc\u0000\rd')).toBe('a\\x1b[2Jb\\x07\\x9bc\\x00\\x0dd');
  const fine = 'Größe\t猫\n\u001b[33mwarning\u001b[39m 🙂';
  expect(printable(fine)).toBe(fine);
});

test('what is said of a class that clears the screen does not', () => {
  let text = '';
  const stderr = new Writable({ write: (chunk: Buffer, _e, done) => ((text += chunk.toString()), done()) });
  const talk = createTalk({ stderr, interactive: false, columns: () => 80, env: {} } as unknown as Io);
  talk.say('class \u001b[2Jcat');
  talk.warn('class \u001b]0;x\u0007cat');
  expect(text).toBe('class \\x1b[2Jcat\nwarning class \\x1b]0;x\\x07cat\n');
});
