import { readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import picomatch from 'picomatch';
import { walkFolder, type PassedOver } from './walk-folder.ts';

/** The files that a folder, a file or a glob stands for. */
export interface Expanded {
  /** The folder that they are relative to. */
  readonly base: string;
  /** Regular files of any kind, absolute paths. */
  readonly files: readonly string[];
  readonly isGlob: boolean;
}

/**
 * The files that a path or a glob stands for; links are followed in both. A path that exists is taken as it is,
 * whatever characters it has, and so is the part of a glob that exists: in `/data/run [2]/*.jpg` the folder `run [2]`
 * is no pattern. A name in the other Unicode form is found.
 *
 * @param onPassed gets what is not among the files although it is there
 * @throws Error where the path does not exist and is no glob
 */
export async function expandImages(input: string, onPassed?: (passed: PassedOver) => void): Promise<Expanded> {
  const { found, rest } = await existing(resolve(input));
  const passed = onPassed === undefined ? {} : { onPassed };
  if (rest.length === 0) {
    const stats = await stat(found);
    if (stats.isDirectory()) return { base: found, files: await walkFolder(found, passed), isGlob: false };
    if (stats.isFile()) return { base: dirname(found), files: [found], isGlob: false };
    throw new Error(
      `images: ${found} is a pipe, a socket or a device, and no file. Name a folder, an image file, or a glob.`,
    );
  }
  // a negation at the start would match everything else
  const pattern = rest.join('/');
  if (!picomatch.scan(pattern).isGlob && !pattern.includes('{')) {
    throw new Error(
      `images: ${resolve(input)} does not exist. Name a folder, an image file, or a glob such as 'photos/**/*.jpg'.`,
    );
  }
  const matches = picomatch(pattern, { nonegate: true });
  // What a pattern cannot reach is not walked through; braces may hold several segments.
  const depth = pattern.includes('**') || pattern.includes('{') || pattern.includes('(') ? Infinity : rest.length - 1;
  const hidden = rest.some((segment) => segment.startsWith('.'));
  const relative = (path: string) =>
    path
      .slice(found.length + (found.endsWith(sep) ? 0 : 1))
      .split(sep)
      .join('/');
  const files = await walkFolder(found, {
    hidden,
    depth,
    onPassed: (one) => {
      if (matches(relative(one.path)) || one.why === 'a folder that may not be read') onPassed?.(one);
    },
  });
  return { base: found, files: files.filter((path) => matches(relative(path))), isGlob: true };
}

/** The longest part of a path that is there, and the segments behind it. */
async function existing(path: string): Promise<{ found: string; rest: string[] }> {
  const segments = path.split(sep === '\\' ? /[\\/]/ : sep);
  let found = segments.shift() === '' ? sep : `${path.split(/[\\/]/)[0]}${sep}`;
  for (const [i, segment] of segments.entries()) {
    if (segment === '') continue;
    const next = (await isThere(join(found, segment))) ? segment : await otherForm(found, segment);
    if (next === undefined) return { found, rest: segments.slice(i) };
    found = join(found, next);
  }
  return { found, rest: [] };
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    // what may not be looked at is there
    (error: NodeJS.ErrnoException) => error.code === 'EACCES',
  );

/** The same name in another Unicode form, as macOS writes it. */
async function otherForm(folder: string, name: string): Promise<string | undefined> {
  if (/^[\u0000-\u007f]*$/.test(name)) return undefined;
  const names = await readdir(folder).catch((): string[] => []);
  return names.find((other) => other.normalize('NFC') === name.normalize('NFC'));
}
