import pc from 'picocolors';
import type { Io } from '../io.ts';
import { printable } from './printable.ts';

/** Says things on stderr above an optional status line that is drawn again in place. */
export interface Talk {
  /** A plain line. */
  readonly say: (line: string) => void;
  readonly warn: (line: string) => void;
  /** Replaces the status line; nothing where stderr is no terminal. */
  readonly status: (line: string) => void;
  /** Removes the status line. */
  readonly clear: () => void;
  readonly colors: ReturnType<typeof pc.createColors>;
}

const ERASE = '\r\u001b[2K';

/** @param quiet drops plain lines and the status; warnings stay */
export function createTalk(io: Io, quiet = false): Talk {
  const colors = pc.createColors(io.interactive && io.env['NO_COLOR'] === undefined);
  let current = '';
  const clear = () => {
    if (current !== '') io.stderr.write(ERASE);
    current = '';
  };
  const line = (text: string) => {
    const shown = current;
    clear();
    io.stderr.write(`${printable(text)}\n`);
    if (shown !== '') draw(shown);
  };
  const draw = (text: string) => {
    // One column less than the terminal: a line that wraps cannot be erased.
    current = printable(text).slice(0, Math.max(20, io.columns() - 1));
    io.stderr.write(ERASE + current);
  };
  return {
    colors,
    clear,
    say: (text) => (quiet ? undefined : line(text)),
    warn: (text) => line(`${colors.yellow('warning')} ${text}`),
    status: (text) => (quiet || !io.interactive ? undefined : draw(text)),
  };
}
