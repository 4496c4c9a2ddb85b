/**
 * A python with a pip that makes up wheels, an npm that makes up a tarball, a C++ compiler that makes up addons: small
 * programs in a folder for the PATH.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What goes wrong: `compile-hang` and `download-hang` wait until they are killed. */
export type Trouble =
  | 'none'
  | 'download-fails'
  | 'npm-fails'
  | 'other-tarball'
  | 'download-hangs'
  | 'empty-wheel'
  | 'compile-fails'
  | 'compile-hangs'
  | 'no-pip'
  | 'no-onednn'
  | 'kernels-fail';

const PIP = `
import json, os, sys, time, zipfile
here, args = sys.argv[1], sys.argv[2:]
trouble = open(os.path.join(here, 'trouble')).read()
if trouble == 'no-pip':
    sys.exit('No module named pip')
if args[0] == '--version':
    print('pip 23.0 from nowhere (python 3.9)'); sys.exit(0)
folder = args[args.index('--dest') + 1]
requirement, _, pin = open(args[args.index('--requirement') + 1]).read().strip().partition(' ')
if '--require-hashes' not in args or not pin.startswith('--hash=sha256:'):
    sys.exit('not pinned: ' + requirement)
if os.listdir('.'):
    sys.exit('pip runs in a folder with files: ' + os.getcwd())
name, _, version = requirement.partition('==')
wheel = '%s-%s-py3-none-any.whl' % (name.replace('-', '_'), version or '1.0')
def note(what):
    with open(os.path.join(here, 'log'), 'a') as log:
        log.write(what + ' ' + requirement + '\\n')
if trouble == 'download-fails' or trouble == 'no-onednn' and name.startswith('onednn'):
    sys.exit('ERROR: No matching distribution found for ' + requirement)
target = os.path.join(folder, wheel)
if os.path.exists(target):
    note('kept'); print('  File was already downloaded ' + target); sys.exit(0)
note('download')
print('  Downloading %s (0.3 MB)' % wheel, flush=True)
partial = os.path.join(os.environ['TMPDIR'], wheel)
with zipfile.ZipFile(partial, 'w') as archive:
    if trouble != 'empty-wheel':
        if name.startswith('nvidia'):
            archive.writestr('nvidia/cudnn/lib/libcudnn.so.9', 'cudnn')
            archive.writestr('nvidia/cudnn/include/cudnn.h', 'not wanted')
        elif name.startswith('onednn') or name.startswith('tbb'):
            library = 'libtbb.so.12' if name.startswith('tbb') else 'libdnnl.so.3'
            archive.writestr(name.replace('-', '_') + '.data/data/lib/' + library, 'onednn')
            archive.writestr(name.replace('-', '_') + '.data/data/include/oneapi/dnnl/dnnl.hpp', '// header')
        else:
            archive.writestr('tensorflow/libtensorflow_cc.so.2', os.urandom(200000))
            archive.writestr('tensorflow/libtensorflow_framework.so.2', 'framework')
            archive.writestr('tensorflow/include/tensorflow/c/c_api.h', '// header')
            archive.writestr('tensorflow/python/big.py', 'not wanted')
            archive.writestr(name.replace('-', '_') + '-' + version + '.dist-info/METADATA', 'Name: ' + name +
                "\\nRequires-Dist: numpy>=1.26.0\\nRequires-Dist: nvidia-cudnn-cu12<10.0,>=9.3.0.75; extra == 'and-cuda'\\n")
if trouble == 'download-hangs':
    time.sleep(60)
os.rename(partial, target)
print('Saved ' + target)
`;

const NPM = `
import io, os, sys, tarfile
here, args = sys.argv[1], sys.argv[2:]
trouble = open(os.path.join(here, 'trouble')).read()
if args[0] == '--version':
    print('10.0.0'); sys.exit(0)
if trouble == 'npm-fails':
    sys.exit('npm error code ENOTFOUND')
with open(os.path.join(here, 'log'), 'a') as log:
    log.write('npm ' + ' '.join(args[:2]) + '\\n')
with tarfile.open(os.path.join(args[args.index('--pack-destination') + 1], 'a.tgz'), 'w:gz') as archive:
    for name in ['package.json', 'dist/index.js', 'binding/tfjs_backend.cc']:
        text = (trouble + name).encode()
        member = tarfile.TarInfo('package/' + name)
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text))
`;

export interface FakeTools {
  /** The folder to be the PATH. */
  path: string;
  /** A cache folder of its own. */
  cache: string;
  trouble(kind: Trouble): void;
  /**
   * What npm, pip and the compiler did, one line each: `npm pack P`, `download R`, `kept R`, `compile`,
   * `compile kernels`.
   */
  log(): string[];
  remove(): void;
}

/** The path of a real Python 3, which the fake one uses, or undefined. */
export function realPython(): string | undefined {
  try {
    return execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

/** Makes the programs; `without` leaves one out. */
export function fakeTools(python: string, without: readonly ('python' | 'npm' | 'compiler')[] = []): FakeTools {
  const root = mkdtempSync(join(tmpdir(), 'sed-runtime-'));
  const path = join(root, 'bin');
  mkdirSync(path);
  const program = (name: string, text: string): void => {
    writeFileSync(join(path, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(path, name), 0o755);
  };
  writeFileSync(join(root, 'pip.py'), PIP);
  writeFileSync(join(root, 'trouble'), 'none');
  if (!without.includes('python')) {
    program(
      'python3',
      `case "$1" in
        --version) echo "Python 3.9.1" ;;
        -I) exec "${python}" "$@" ;;
        *) shift 2; exec "${python}" "${root}/pip.py" "${root}" "$@" ;;
      esac`,
    );
  }
  writeFileSync(join(root, 'npm.py'), NPM);
  if (!without.includes('npm')) program('npm', `exec "${python}" "${root}/npm.py" "${root}" "$@"`);
  if (!without.includes('compiler')) {
    program(
      'c++',
      `if [ "$1" = --version ]; then echo "fake 1.0"; exit 0; fi
      read trouble < "${root}/trouble"
      case "$*" in *mute.cc*) trouble=none ;; esac
      case "$*" in
        *mute.cc* | *kernels/intel.cc*) ;;
        *kernels/addon.cc*) echo "compile kernels" >> "${root}/log" ;;
        *) echo compile >> "${root}/log" ;;
      esac
      case "$trouble $*" in "kernels-fail "*kernels/addon.cc*) echo "omp.h: no such file" >&2; exit 1 ;; esac
      if [ "$trouble" = compile-fails ]; then echo "tfjs_backend.cc:1: error: no luck" >&2; exit 1; fi
      if [ "$trouble" = compile-hangs ]; then exec /bin/sleep 60; fi
      while [ $# -gt 1 ]; do if [ "$1" = -o ]; then echo addon > "$2"; fi; shift; done`,
    );
  }
  const log = join(root, 'log');
  return {
    path,
    cache: join(root, 'cache'),
    trouble: (kind) => writeFileSync(join(root, 'trouble'), kind),
    log: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}
