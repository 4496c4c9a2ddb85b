import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { runProgram, type Finished, type SpawnOptions } from './spawn.ts';

/** A program found on this machine. */
export interface Tool {
  command: string;
  version?: string;
}

/** The first of `names` that is an executable on the PATH, without running it; a path as an absolute one. */
function onPath(names: readonly string[]): string | undefined {
  for (const name of names) {
    if (name.includes('/')) {
      if (existsSync(name)) return resolve(name);
      continue;
    }
    for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
      if (!folder) continue;
      try {
        accessSync(join(folder, name), constants.X_OK);
        return name;
      } catch {
        // not in this folder
      }
    }
  }
  return undefined;
}

/** `$PYTHON`, else `python3`, else `python`. */
export function pythonCommand(): string | undefined {
  return onPath([process.env['PYTHON'] ?? '', 'python3', 'python'].filter(Boolean));
}

/** `$CXX`, else the usual names of a C++ compiler. */
export function compilerCommand(): string | undefined {
  return onPath([process.env['CXX'] ?? '', 'c++', 'g++', 'clang++'].filter(Boolean));
}

/** npm, which comes with Node. */
export function npmCommand(): string | undefined {
  return onPath(['npm']);
}

/**
 * Runs pip in an empty folder of its own: `python -m` looks for modules in the working folder first, so that a `pip.py`
 * there, of a data set or of a downloaded project, would run in pip's place. (Not `python -I`, which leaves out a pip
 * that the user installed for themselves.)
 */
export async function runPip(python: string, args: readonly string[], options: SpawnOptions = {}): Promise<Finished> {
  const cwd = mkdtempSync(join(tmpdir(), 'sed-pip-'));
  try {
    return await runProgram(python, ['-m', 'pip', ...args], { ...options, cwd });
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

const PROBE_MS = 20_000;

/** The tools that an installation needs, as far as they are here. */
export interface Tools {
  python?: Tool;
  pip?: Tool;
  npm?: Tool;
  compiler?: Tool;
}

/** The tools an installation needs, asked for their versions: a tool that is there but does not run is absent. */
export async function probeTools(): Promise<Tools> {
  const python = pythonCommand();
  const compiler = compilerCommand();
  const npm = npmCommand();
  const [pythonSays, pipSays, npmSays, compilerSays] = await Promise.all([
    python ? runProgram(python, ['--version'], { timeoutMs: PROBE_MS }) : undefined,
    python ? runPip(python, ['--version'], { timeoutMs: PROBE_MS }) : undefined,
    npm ? runProgram(npm, ['--version'], { timeoutMs: PROBE_MS }) : undefined,
    compiler ? runProgram(compiler, ['--version'], { timeoutMs: PROBE_MS }) : undefined,
  ]);
  const found: Tools = {};
  if (python && pythonSays?.code === 0) found.python = { command: python, version: versionIn(pythonSays.stdout) };
  if (python && pipSays?.code === 0) found.pip = { command: `${python} -m pip`, version: versionIn(pipSays.stdout) };
  if (npm && npmSays?.code === 0) found.npm = { command: npm, version: versionIn(npmSays.stdout) };
  if (compiler && compilerSays?.code === 0) {
    found.compiler = { command: compiler, version: compilerSays.stdout.split('\n')[0]?.trim() ?? '' };
  }
  return found;
}

function versionIn(text: string): string {
  return /\d+(\.\d+)+/.exec(text)?.[0] ?? text.trim();
}

/** How to get what is missing, one sentence each. */
export function missingTools(found: Tools): string[] {
  const missing: string[] = [];
  if (!found.python) {
    missing.push(
      'Python 3 was not found (it fetches TensorFlow with pip): `apt-get install python3 python3-pip` on Debian and Ubuntu, `dnf install python3 python3-pip` on Fedora, `brew install python` on macOS.',
    );
  } else if (!found.pip) {
    missing.push(
      `${found.python.command} has no pip: \`apt-get install python3-pip\` on Debian and Ubuntu, \`dnf install python3-pip\` on Fedora, \`python3 -m ensurepip\` elsewhere.`,
    );
  }
  if (!found.npm) {
    missing.push(
      "npm was not found (it fetches tfjs-node's package): it comes with Node from nodejs.org; `apt-get install npm` where Debian's or Ubuntu's Node is used.",
    );
  }
  if (!found.compiler) {
    missing.push(
      'A C++ compiler was not found (it builds the addon, some 15 seconds): `apt-get install g++` on Debian and Ubuntu, `dnf install gcc-c++` on Fedora, `xcode-select --install` on macOS.',
    );
  }
  return missing;
}

/** The version of the NVIDIA driver, or undefined where there is none. */
export function nvidiaDriver(): string | undefined {
  try {
    const text = readFileSync('/proc/driver/nvidia/version', 'utf8');
    return /Kernel Module\s+(?:for \S+\s+)?(\d[\d.]*)/.exec(text)?.[1] ?? 'unknown';
  } catch {
    // Under WSL the driver is Windows', and only its library is to be seen.
    return existsSync('/usr/lib/wsl/lib/libcuda.so.1') ? 'WSL' : undefined;
  }
}
