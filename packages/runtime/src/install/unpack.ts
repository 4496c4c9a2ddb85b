import { statSync } from 'node:fs';
import { runProgram } from '../machine/spawn.ts';
import { lastWords } from './download.ts';
import { meter, type InstallProgress } from './progress.ts';

/**
 * Python's own zipfile does it (`-I`: not one of the working folder), file by file and in pieces (a library is 800 MB):
 * it is there anyway, for pip. It checks each file's CRC, refuses names that leave the target, and prints how far it
 * is.
 */
const SCRIPT = `
import json, os, re, sys, zipfile
wheel, target, patterns = sys.argv[1], sys.argv[2], [re.compile(p) for p in json.loads(sys.argv[3])]
with zipfile.ZipFile(wheel) as archive:
    members = [m for m in archive.infolist() if not m.is_dir() and any(p.match(m.filename) for p in patterns)]
    total, done, told = sum(m.file_size for m in members), 0, 0
    for member in members:
        path = os.path.join(target, *member.filename.split('/'))
        if not os.path.realpath(path).startswith(os.path.realpath(target) + os.sep):
            sys.exit('the wheel names a file outside of itself: ' + member.filename)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with archive.open(member) as source, open(path, 'wb') as sink:
            while True:
                piece = source.read(1 << 20)
                if not piece:
                    break
                sink.write(piece)
                done += len(piece)
                if done - told > 16e6:
                    told = done
                    print('progress', done, total, flush=True)
        print('file', member.file_size, member.filename, flush=True)
    print('progress', done, total, flush=True)
`;

/**
 * Unpacks the members of a wheel whose names match one of `patterns` (regular expressions, anchored at the start).
 * @returns the unpacked files, path inside the wheel to bytes
 * @throws Error when nothing matches or the wheel is damaged
 */
export async function unpackWheel(options: {
  python: string;
  wheel: string;
  target: string;
  patterns: readonly string[];
  onProgress?: (progress: InstallProgress) => void;
  signal?: AbortSignal;
}): Promise<Record<string, number>> {
  const { python, wheel, target, patterns, onProgress, signal } = options;
  const name = wheel.split('/').pop() ?? wheel;
  const report = meter('unpack', name, onProgress);
  const files: Record<string, number> = {};
  const result = await runProgram(python, ['-I', '-c', SCRIPT, wheel, target, JSON.stringify(patterns)], {
    ...(signal ? { signal } : {}),
    onLine: (line) => {
      const [kind, first = '', ...rest] = line.split(' ');
      if (kind === 'progress') report(Number(first), Number(rest[0]));
      else if (kind === 'file') files[rest.join(' ')] = Number(first);
    },
  });
  if (result.code !== 0) throw new Error(`${wheel} could not be unpacked: ${lastWords(result.stderr)}`);
  if (Object.keys(files).length === 0) {
    throw new Error(
      `${name} (${statSync(wheel).size} bytes) has none of the files that were expected in it: ${patterns.join(', ')}.`,
    );
  }
  return files;
}
