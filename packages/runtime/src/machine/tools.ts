import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runProgram } from './spawn.ts';

/** A program found on this machine. */
export interface Tool {
  command: string;
  version?: string;
}

/** The first of `names` that is an executable on the PATH, without running it. */
export function onPath(names: readonly string[]): string | undefined {
  for (const name of names) {
    if (name.includes('/')) {
      if (existsSync(name)) return name;
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

const PROBE_MS = 20_000;

/** The tools an installation needs, asked for their versions: a tool that is there but does not run is absent. */
export async function probeTools(): Promise<{ python?: Tool; pip?: Tool; compiler?: Tool }> {
  const python = pythonCommand();
  const compiler = compilerCommand();
  const [pythonSays, pipSays, compilerSays] = await Promise.all([
    python ? runProgram(python, ['--version'], { timeoutMs: PROBE_MS }) : undefined,
    python ? runProgram(python, ['-m', 'pip', '--version'], { timeoutMs: PROBE_MS }) : undefined,
    compiler ? runProgram(compiler, ['--version'], { timeoutMs: PROBE_MS }) : undefined,
  ]);
  const found: { python?: Tool; pip?: Tool; compiler?: Tool } = {};
  if (python && pythonSays?.code === 0) found.python = { command: python, version: versionIn(pythonSays.stdout) };
  if (python && pipSays?.code === 0) found.pip = { command: `${python} -m pip`, version: versionIn(pipSays.stdout) };
  if (compiler && compilerSays?.code === 0) {
    found.compiler = { command: compiler, version: compilerSays.stdout.split('\n')[0]?.trim() ?? '' };
  }
  return found;
}

function versionIn(text: string): string {
  return /\d+(\.\d+)+/.exec(text)?.[0] ?? text.trim();
}

/** How to get what is missing, one sentence each. */
export function missingTools(found: { python?: Tool; pip?: Tool; compiler?: Tool }): string[] {
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
