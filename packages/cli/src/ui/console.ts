import pc from 'picocolors';
import type { Io } from '../io.ts';
import { cut, type Fitting } from './fit.ts';
import { printable } from './printable.ts';

/** Says things on stderr above an optional status line that is drawn again in place. */
export interface Talk {
  /** A plain line. */
  readonly say: (line: string) => void;
  readonly warn: (line: string) => void;
  /** Replaces the status line, which is cut where the terminal ends; nothing where stderr is no terminal. */
  readonly status: (line: string | Fitting) => void;
  /** Removes the status line. */
  readonly clear: () => void;
  readonly colors: ReturnType<typeof pc.createColors>;
}

const ERASE = '\r\u001b[2K';

/** @param quiet drops plain lines and the status; warnings stay */
export function createTalk(io: Io, quiet = false): Talk {
  const colors = pc.createColors(io.interactive && io.env['NO_COLOR'] === undefined);
  let current: string | Fitting | undefined;
  const clear = () => {
    if (current !== undefined) io.stderr.write(ERASE);
    current = undefined;
  };
  const line = (text: string) => {
    const shown = current;
    clear();
    io.stderr.write(`${printable(text)}\n`);
    if (shown !== undefined) draw(shown);
  };
  const draw = (status: string | Fitting) => {
    current = status;
    // One column less than the terminal: a line that wraps cannot be erased.
    const columns = Math.max(1, io.columns() - 1);
    const text = typeof status === 'string' ? status : status(columns);
    io.stderr.write(ERASE + cut(onOneLine(printable(text)), columns));
  };
  return {
    colors,
    clear,
    say: (text) => (quiet ? undefined : line(text)),
    warn: (text) => line(`${colors.yellow('warning')} ${text}`),
    status: (text) => (quiet || !io.interactive ? undefined : draw(text)),
  };
}

/** File names may have line breaks and a terminal's commands in them, which would leave the line. */
function onOneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}
