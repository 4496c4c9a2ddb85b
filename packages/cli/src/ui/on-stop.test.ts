import type { Io } from '../io.ts';
import { onStop } from './on-stop.ts';

function set() {
  let handler: (signal: NodeJS.Signals) => void = () => {};
  let time = 1000;
  const seen: string[] = [];
  const io = {
    onInterrupt: (given: typeof handler) => {
      handler = given;
      return () => seen.push('off');
    },
    kill: () => seen.push('kill'),
  } as unknown as Io;
  const off = onStop(
    io,
    () => seen.push('stop'),
    () => time,
  );
  return { seen, off, send: (signal: NodeJS.Signals) => handler(signal), wait: (ms: number) => (time += ms) };
}

test('the first signal stops, a second Ctrl-C kills; the same one passed on twice is one', () => {
  const { seen, send, wait, off } = set();
  send('SIGINT');
  send('SIGINT'); // from npm, which the terminal has sent it to as well
  expect(seen).toEqual(['stop']);
  wait(1000);
  send('SIGINT');
  expect(seen).toEqual(['stop', 'kill']);
  off();
  expect(seen).toEqual(['stop', 'kill', 'off']);
});

test('a terminal that is closed, or a scheduler that repeats itself, does not kill', () => {
  const { seen, send, wait } = set();
  for (const signal of ['SIGHUP', 'SIGTERM', 'SIGHUP', 'SIGTERM'] as const) {
    send(signal);
    wait(5000);
  }
  expect(seen).toEqual(['stop']);
  send('SIGINT');
  expect(seen).toEqual(['stop', 'kill']);
});
