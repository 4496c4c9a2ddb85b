import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runPip } from '../machine/tools.ts';
import { pinned } from './pins.ts';
import { meter, type InstallProgress } from './progress.ts';

export interface DownloadOptions {
  python: string;
  /** pip's requirement, one of those in pins.ts. */
  requirement: string;
  /** pip's platform tags that this machine accepts. */
  tags: readonly string[];
  /** Where the wheel goes, and stays until it is unpacked. */
  folder: string;
  onProgress?: (progress: InstallProgress) => void;
  signal?: AbortSignal;
}

/** The wheels are for one CPython; which one does not matter, for only their libraries and headers are used. */
const PYTHON_OF_THE_WHEEL = '3.11';

/**
 * Fetches one wheel with pip, from wherever the user's pip is set up to fetch, and only the file that was pinned: pip
 * checks its hash, also of a wheel that an earlier, killed installation left in `folder`, which then is not fetched
 * again.
 * @returns the path of the wheel
 * @throws Error with pip's last words
 */
export async function downloadWheel(options: DownloadOptions): Promise<string> {
  const { python, requirement, tags, folder, onProgress, signal } = options;
  const temporary = join(folder, 'tmp');
  rmSync(temporary, { recursive: true, force: true }); // half a wheel of a killed installation: pip cannot resume it
  mkdirSync(temporary, { recursive: true });
  const requirements = join(folder, 'requirements.txt');
  writeFileSync(requirements, `${pinned(requirement)}\n`);
  const before = new Set(wheelsIn(folder));
  const report = meter('download', requirement, onProgress);
  let total: number | undefined;
  let saved: string | undefined;
  const poll = setInterval(() => report(largestIn(temporary), total), 250);
  try {
    const args = ['download', '--no-deps', '--only-binary=:all:', '--disable-pip-version-check', '--no-input'];
    args.push('--progress-bar', 'off', '--implementation', 'cp', '--python-version', PYTHON_OF_THE_WHEEL);
    for (const tag of tags) args.push('--platform', tag);
    args.push('--dest', folder, '--require-hashes', '--requirement', requirements);
    const pip = await runPip(python, args, {
      // pip's temporary file is what there is to watch, and beside the wheel a move is a rename
      env: { TMPDIR: temporary, PYTHONUNBUFFERED: '1' },
      ...(signal ? { signal } : {}),
      onLine: (line) => {
        const size = /\((\d+(?:\.\d+)?) (kB|MB|GB)\)\s*$/.exec(line);
        if (/Downloading|Using cached/.test(line) && size)
          total = Number(size[1]) * { kB: 1e3, MB: 1e6, GB: 1e9 }[size[2] as 'MB'];
        saved = /(?:Saved|File was already downloaded) (.*\.whl)\s*$/.exec(line)?.[1] ?? saved;
      },
    });
    if (pip.code !== 0)
      throw new Error(`pip could not fetch ${requirement} (exit ${pip.code}): ${lastWords(pip.stderr || pip.stdout)}`);
  } finally {
    clearInterval(poll);
    rmSync(temporary, { recursive: true, force: true });
    rmSync(requirements, { force: true });
  }
  // Named by what pip says; else the one that is new, else the one of the requirement's name (pip said nothing we
  // know).
  const name = saved?.split('/').pop();
  const all = wheelsIn(folder);
  const wanted = requirement
    .replace(/[=<>!~ [].*$/, '')
    .replace(/[-_.]+/g, '_')
    .toLowerCase();
  const wheel =
    all.find((file) => file === name) ??
    all.find((file) => !before.has(file)) ??
    all.find((file) => file.toLowerCase().startsWith(`${wanted}-`));
  if (wheel === undefined)
    throw new Error(
      `pip said it fetched ${requirement}, but ${folder} has no such wheel${all.length > 0 ? `, only ${all.join(', ')}` : ''}.`,
    );
  const path = join(folder, wheel);
  const size = statSync(path).size;
  report(size, size);
  return path;
}

function wheelsIn(folder: string): string[] {
  return readdirSync(folder).filter((file) => file.endsWith('.whl'));
}

/**
 * The size of the largest file: the wheel as it grows. Beside it pip writes a copy for its cache, which would count
 * twice.
 */
function largestIn(folder: string): number {
  let largest = 0;
  try {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) largest = Math.max(largest, statSync(join(entry.parentPath, entry.name)).size);
    }
  } catch {
    // a file that pip has just moved
  }
  return largest;
}

/** The end of what a program printed, for an error message. */
export function lastWords(text: string, lines = 6): string {
  return text.trim().split('\n').slice(-lines).join('\n').trim() || '(it printed nothing)';
}
