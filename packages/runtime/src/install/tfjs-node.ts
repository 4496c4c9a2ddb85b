import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from '../machine/spawn.ts';
import { TFJS_NODE_FOLDER, TFJS_NODE_VERSION } from '../native/layout.ts';
import { lastWords } from './download.ts';
import { TFJS_NODE_INTEGRITY } from './pins.ts';

const PACKAGE = `@tensorflow/tfjs-node-gpu@${TFJS_NODE_VERSION}`;

/**
 * Fetches the package of tfjs-node, from wherever the user's npm is set up to fetch, into `TFJS_NODE_FOLDER` of
 * `folder`. As a dependency npm would run its install script, which downloads a TensorFlow of 2022; here nothing of it
 * runs.
 * @param verify throws where the tarball is not the one that was pinned
 * @returns the unpacked files, path inside `folder` to bytes
 * @throws Error with npm's last words
 */
export async function fetchTfjsNode(options: {
  python: string;
  npm: string;
  folder: string;
  verify: (tarball: string) => void;
  signal?: AbortSignal;
}): Promise<Record<string, number>> {
  const { python, npm, folder, verify, signal } = options;
  const abortable = signal ? { signal } : {};
  const temporary = join(folder, 'tfjs-node-tarball');
  mkdirSync(temporary, { recursive: true });
  try {
    // In the user's folder: a project's .npmrc may name its registry.
    const args = ['pack', PACKAGE, '--pack-destination', temporary, '--ignore-scripts', '--prefer-offline'];
    args.push('--loglevel', 'error', '--fetch-retries', '1'); // npm's own two take over a minute without a network
    const packed = await runProgram(npm, args, { ...abortable, env: { npm_config_dry_run: 'false' } });
    if (packed.code !== 0)
      throw new Error(
        `npm could not fetch ${PACKAGE} (exit ${packed.code}): ${lastWords(packed.stderr || packed.stdout)}`,
      );
    const name = readdirSync(temporary).find((file) => file.endsWith('.tgz'));
    if (name === undefined) throw new Error(`npm said it fetched ${PACKAGE}, but ${temporary} has no tarball.`);
    const tarball = join(temporary, name);
    verify(tarball);
    const unpacked = await runProgram(python, ['-I', '-m', 'tarfile', '-e', tarball, temporary], abortable);
    if (unpacked.code !== 0) throw new Error(`${tarball} could not be unpacked: ${lastWords(unpacked.stderr)}`);
    renameSync(join(temporary, 'package'), join(folder, TFJS_NODE_FOLDER));
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  const files = readdirSync(join(folder, TFJS_NODE_FOLDER), { recursive: true, encoding: 'utf8' })
    .map((file) => join(TFJS_NODE_FOLDER, file))
    .filter((file) => statSync(join(folder, file)).isFile());
  return Object.fromEntries(files.map((file) => [file, statSync(join(folder, file)).size]));
}

/** @throws Error where the file is not the package that was pinned */
export function verifyTfjsNode(tarball: string): void {
  const [algorithm, expected] = TFJS_NODE_INTEGRITY.split('-') as [string, string];
  const found = createHash(algorithm).update(readFileSync(tarball)).digest('base64');
  if (found !== expected)
    throw new Error(
      `${PACKAGE}, as npm fetched it, is not the published file: its integrity is ${algorithm}-${found}, expected ${TFJS_NODE_INTEGRITY}. Is npm set to a registry that changes packages?`,
    );
}
