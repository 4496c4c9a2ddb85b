import { adviceOn, inOptions } from './advice.ts';

/** Wrong use of the command line: exit code 2. Everything else that goes wrong is 1. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * One clear paragraph for a person, and what to type. The stack is for `--verbose` and SED_DEBUG only: who mistyped a
 * path needs the path.
 *
 * @param shown a path as the user would type it
 */
export function explain(error: unknown, verbose: boolean, shown = (path: string): string => path): string {
  if (!isError(error)) return `Something threw ${JSON.stringify(error)}, which is not an Error.`;
  return [verbose ? (error.stack ?? error.message) : paragraph(error), ...adviceOn(error, shown)].join('\n');
}

function paragraph(error: Error): string {
  const message = fileSystemMessage(error) ?? inOptions(error).trim();
  // An Error without a message (or a bug's TypeError) says nothing by itself: then the stack is the message.
  if (message === '') return error.stack ?? error.name;
  const bug = ['TypeError', 'ReferenceError', 'RangeError'].includes(error.name);
  return bug ? `${error.name}: ${message} (run again with --verbose for the stack)` : message;
}

/** Also an Error of another realm (a worker's, a test runner's), which is no instance of this one's class. */
function isError(value: unknown): value is Error {
  return (
    value instanceof Error ||
    (typeof value === 'object' && value !== null && typeof (value as Error).message === 'string')
  );
}

/** Node's errors of the file system, as sentences. */
function fileSystemMessage(error: Error): string | undefined {
  const { code, path } = error as NodeJS.ErrnoException;
  if (path === undefined || code === undefined) return undefined;
  switch (code) {
    case 'ENOENT':
      return `${path} does not exist.`;
    case 'EACCES':
    case 'EPERM':
      return `${path} may not be read or written by this user.`;
    case 'EISDIR':
      return `${path} is a folder, a file is needed.`;
    case 'ENOTDIR':
      return `${path} goes through a file as if that were a folder.`;
    case 'ENOSPC':
      return `The disk is full: ${path} could not be written.`;
    default:
      return undefined;
  }
}
