import type { Io } from '../io.ts';
import type { Talk } from '../ui/console.ts';
import { progressBar } from '../ui/progress-bar.ts';
import { duration, short } from '../ui/text.ts';

/** Seconds between lines where stderr is no terminal. */
const EVERY = 30;

/** Shows how far it is, how fast, and how long it will take: a status line on a terminal, else a line now and then. */
export function createProgress(
  talk: Talk,
  io: Pick<Io, 'interactive'>,
  label: string,
): (done: number, all: number) => void {
  const start = performance.now();
  let told = start;
  return (done, all) => {
    const now = performance.now();
    const seconds = (now - start) / 1000;
    const rate = done / seconds;
    const left = done >= all ? '' : `, ${duration((all - done) / rate)} left`;
    const line = progressBar(
      label,
      done / all,
      `${Math.min(done, all)} of ${all} images, ${short(rate)} a second${left}`,
    );
    if (io.interactive) talk.status(line);
    else if (now - told > EVERY * 1000) {
      told = now;
      talk.say(line(Infinity));
    }
  };
}
