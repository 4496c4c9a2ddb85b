/** From a fresh clone to something that runs: packages, build, native TensorFlow, pretrained weights. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command, must, root, say, step } from './steps.mjs';

const PNPM = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).config.pnpm;

export const nxEnvironment = {
  NX_DAEMON: 'false',
  NX_TUI: 'false',
  NX_NO_CLOUD: 'true',
  CI: process.env.CI ?? 'false',
};

/** `node_modules/.bin/name`, which pnpm has put there. */
export const bin = (name) => join(root, 'node_modules', '.bin', name);

export const cli = (...args) => command(process.execPath, [join(root, 'packages/cli/bin/sed-cli.mjs'), ...args]);

export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    say(`Node ${process.versions.node} is too old: SED needs 20.19 or newer (20, 22 and 24 are tested).`);
    process.exit(1);
  }
}

/** Installs the packages and builds them. */
export async function prepareWorkspace() {
  checkNode();
  await must(`Installing packages (pnpm ${PNPM}; the first time a minute or two)`, () =>
    command(
      'npx',
      [
        ...['--yes', `pnpm@${PNPM}`, '--dir', root, 'install', '--frozen-lockfile', '--prefer-offline'],
        ...['--reporter=append-only', '--config.confirm-modules-purge=false'],
      ],
      // From outside of the repository: npx would run the pnpm in node_modules, which cannot replace the folder it runs
      // from.
      { quiet: true, cwd: tmpdir(), env: { npm_config_local_prefix: undefined } },
    ),
  );
  await must('Building', () => command(bin('tsc'), ['-b', 'tsconfig.json'], { quiet: true }));
}

/**
 * Installs the native backend and the pretrained weights into the per-user cache. Without Python or a compiler this
 * fails with a sentence of its own, and everything goes on with the wasm backend.
 */
export async function prepareRuntime() {
  const code = await step('Setting up the native backend and pretrained weights (once per user; about 300 MB)', () =>
    cli('setup'),
  );
  if (code === 0) return;
  const { backend, weights } = diagnosis();
  if (backend !== 'tensorflow')
    say('  Going on without the native backend: wasm runs everything, three to six times slower.');
  if (weights.some(({ path }) => path === null))
    say('  Going on without pretrained weights: what trains a backbone starts from random ones, and learns far less.');
}

/** What `sed-cli doctor --json` says. */
export function diagnosis() {
  return JSON.parse(
    execFileSync(process.execPath, [join(root, 'packages/cli/bin/sed-cli.mjs'), 'doctor', '--json'], {
      encoding: 'utf8',
    }),
  );
}
