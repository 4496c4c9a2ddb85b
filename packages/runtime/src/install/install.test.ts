import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';
import { inspectRuntime } from '../inspect.ts';
import { nativePlatform } from '../machine/platform.ts';
import { probeTools, runPip } from '../machine/tools.ts';
import { chooseFlavor, installChecked, type Checks, type InstallOptions } from './install.ts';
import type { InstallProgress } from './progress.ts';
import { NVIDIA } from './wheels.ts';
import { fakeTools, realPython, type FakeTools } from './testing/fake-tools.ts';
import { verifyTfjsNode } from './tfjs-node.ts';

const python = realPython();
const possible = python !== undefined && nativePlatform().supported;
const suite = possible ? describe : describe.skip;
/** With x64 oneDNN is added, which has a test of its own; the others look at the rest. */
const x64 = process.arch === 'x64';
const withoutOneDnn = (log: readonly string[]): string[] => log.filter((line) => !/onednn|tbb|kernels|^npm/.test(line));
/** Of what the fake tools make up: no tarball of npm's, no addon that runs. */
const content: Checks = {
  tarball: () => {},
  addon: async () => ({ tensorflow: '2.21.0', gpu: false }),
  kernels: async () => {},
};

test('CUDA is for x64 alone: elsewhere it is refused where it was asked for, and else not taken', () => {
  expect(() => chooseFlavor(true, 'arm64')).toThrow(/CUDA for x64 alone, and this machine is arm64: .* for the CPU/);
  expect(['auto' as const, false].map((gpu) => chooseFlavor(gpu, 'arm64'))).toEqual(['cpu', 'cpu']);
  expect([true, false].map((gpu) => chooseFlavor(gpu, 'x64'))).toEqual(['cuda', 'cpu']);
});

suite(possible ? 'installRuntime' : 'installRuntime [NOT RUN: needs python3 on Linux with glibc]', () => {
  const saved = { PATH: process.env['PATH'], PYTHON: process.env['PYTHON'], CXX: process.env['CXX'] };
  let tools: FakeTools;

  const use = (...without: ('python' | 'npm' | 'compiler')[]): void => {
    tools = fakeTools(python!, without);
    process.env['PATH'] = tools.path;
  };
  const install = (options: InstallOptions = {}) =>
    installChecked({ cacheDir: tools.cache, gpu: false, ...options }, content);
  const inside = (): string[] => readdirSync(join(tools.cache, 'runtime')).sort();

  beforeEach(() => {
    delete process.env['PYTHON'];
    delete process.env['CXX'];
  });
  afterEach(() => {
    for (const [name, value] of Object.entries(saved)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    tools.remove();
  });

  test('downloads, unpacks what is needed, compiles, and cleans up', async () => {
    use();
    const seen: InstallProgress[] = [];
    const result = await install({ onProgress: (p) => seen.push(p) });
    expect(result).toMatchObject({ installed: true, tensorflow: '2.21.0', flavor: 'cpu' });
    expect(withoutOneDnn(tools.log())).toEqual([
      expect.stringMatching(/^download tensorflow(-cpu)?==2\.21\.0$/),
      'compile',
    ]);
    expect(inside()).toHaveLength(1); // no wheel, no lock, no half-made folder
    expect(readdirSync(result.folder).sort()).toEqual(
      [
        ...['mute.node', 'ready.json', 'tensorflow', 'tfjs-node', 'tfjs_binding.node'],
        ...(x64 ? ['kernels.node', 'onednn'] : []),
      ].sort(),
    );
    expect(readdirSync(join(result.folder, 'tensorflow')).sort()).toEqual([
      'libtensorflow_cc.so.2',
      'libtensorflow_framework.so.2',
    ]);
    const stages = seen.filter((p) => !/onednn|tbb/.test(p.item)).map((p) => p.stage);
    expect(stages.filter((s, i, all) => s !== all[i - 1])).toEqual(['download', 'unpack', 'compile', 'check']);
    expect(seen.find((p) => p.stage === 'download' && p.percent === 100)?.totalMegabytes).toBeCloseTo(0.2, 1);

    const { native } = await inspectRuntime({ cacheDir: tools.cache });
    expect(native).toMatchObject({ usable: true, tensorflow: '2.21.0', gpu: false, libraries: result.folder });
    expect(await install()).toMatchObject({ installed: false, folder: result.folder });
    expect(withoutOneDnn(tools.log())).toHaveLength(2);
  });

  (x64 ? test : test.skip)(`oneDNN is added${x64 ? '' : ' [NOT RUN: x64 only]'}`, async () => {
    use();
    const { folder } = await install();
    expect(tools.log().slice(3)).toEqual([
      expect.stringMatching(/^download onednn-cpu-tbb==/),
      expect.stringMatching(/^download tbb==/),
      expect.stringMatching(/^download onednn-devel-cpu-tbb==/),
      expect.stringMatching(/^download tbb-devel==/),
      'compile kernels',
    ]);
    expect(readdirSync(join(folder, 'onednn')).sort()).toEqual([
      'libdnnl.so.3',
      'libimf.so',
      'libintlc.so.5',
      'libtbb.so.12',
    ]);
    truncateSync(join(folder, 'kernels.node'), 1);
    expect((await inspectRuntime({ cacheDir: tools.cache })).native.reason).toMatch(/damaged: .*kernels\.node/);
  });

  (x64 ? test.each : test.skip.each)([
    ['no-onednn', /oneDNN's own convolutions could not be added.*No matching distribution/s],
    ['kernels-fail', /oneDNN's own convolutions could not be added.*omp\.h: no such file/s],
  ] as const)('without oneDNN (%s) TensorFlow alone is installed, and that is said', async (trouble, message) => {
    use();
    tools.trouble(trouble);
    const messages: string[] = [];
    const { folder, installed } = await install({ log: (m) => messages.push(m) });
    expect(installed).toBe(true);
    expect(messages.join('\n')).toMatch(message);
    expect(readdirSync(folder).sort()).toEqual([
      'mute.node',
      'ready.json',
      'tensorflow',
      'tfjs-node',
      'tfjs_binding.node',
    ]);
    expect((await inspectRuntime({ cacheDir: tools.cache })).native.usable).toBe(true);
  });

  (x64 ? test : test.skip)(
    `with CUDA it fetches NVIDIA's wheels, and only their libraries${x64 ? '' : ' [NOT RUN: x64 only]'}`,
    async () => {
      use();
      const result = await install({ gpu: true });
      expect(result.flavor).toBe('cuda');
      expect(tools.log()).toEqual([
        'npm pack @tensorflow/tfjs-node-gpu@4.22.0',
        'download tensorflow==2.21.0',
        ...NVIDIA.map((requirement) => `download ${requirement}`),
        'compile',
      ]);
      expect(existsSync(join(result.folder, 'nvidia/cudnn/lib/libcudnn.so.9'))).toBe(true);
      expect(existsSync(join(result.folder, 'nvidia/cudnn/include'))).toBe(false);
    },
  );

  test.each([
    ['python', /Python 3 was not found.*apt-get install python3/],
    ['npm', /npm was not found.*comes with Node/],
    ['compiler', /C\+\+ compiler was not found.*apt-get install g\+\+/],
  ] as const)('without a %s it says how to get one', async (missing, message) => {
    use(missing);
    await expect(install()).rejects.toThrow(message);
    const report = await inspectRuntime({ thorough: true, cacheDir: tools.cache });
    expect(report.native.usable).toBe(false);
    expect(report.native.remedy).toMatch(message);
  });

  test('without pip it says how to get it', async () => {
    use();
    tools.trouble('no-pip');
    await expect(install()).rejects.toThrow(/has no pip: `apt-get install python3-pip`/);
  });

  test("a failing download is told in pip's words and leaves nothing usable", async () => {
    use();
    tools.trouble('download-fails');
    await expect(install()).rejects.toThrow(/pip could not fetch tensorflow.*No matching distribution/s);
    expect((await inspectRuntime({ cacheDir: tools.cache })).native).toMatchObject({
      usable: false,
      reason: 'TensorFlow is not installed.',
    });
    tools.trouble('none');
    expect((await install()).installed).toBe(true);
  });

  test('where npm cannot fetch tfjs-node, or fetches another file, nothing is installed', async () => {
    use();
    tools.trouble('npm-fails');
    await expect(install()).rejects.toThrow(/npm could not fetch @tensorflow\/tfjs-node-gpu@4\.22\.0.*ENOTFOUND/s);
    tools.trouble('other-tarball');
    const checks = { ...content, tarball: verifyTfjsNode };
    await expect(installChecked({ cacheDir: tools.cache, gpu: false }, checks)).rejects.toThrow(
      /is not the published file: its integrity is sha512-.*expected sha512-p\/\/NN6/,
    );
    expect((await inspectRuntime({ cacheDir: tools.cache })).native.usable).toBe(false);
  });

  test("modules of the working folder are not run in place of Python's", async () => {
    use();
    const before = process.cwd();
    const realPip = async () => {
      process.env['PYTHON'] = python!;
      const { pip } = await probeTools();
      delete process.env['PYTHON'];
      return pip;
    };
    const clean = await realPip();
    const foreign = join(tools.path, '..', 'foreign');
    mkdirSync(foreign);
    for (const name of ['pip', 'json', 'zipfile', 'tarfile', 're'])
      writeFileSync(join(foreign, `${name}.py`), `raise SystemExit('${name}.py of the working folder ran')`);
    process.chdir(foreign);
    try {
      expect((await install()).installed).toBe(true);
      expect(await realPip()).toEqual(clean);
      expect((await runPip(python!, ['--version'])).stderr).not.toMatch(/working folder ran/);
    } finally {
      process.chdir(before);
    }
  });

  test('a wheel without the libraries is refused', async () => {
    use();
    tools.trouble('empty-wheel');
    await expect(install()).rejects.toThrow(/has none of the files that were expected/);
  });

  test('after a failing compilation the wheel is not fetched again', async () => {
    use();
    tools.trouble('compile-fails');
    await expect(install()).rejects.toThrow(/could not compile.*no luck/s);
    tools.trouble('none');
    expect((await install()).installed).toBe(true);
    expect(withoutOneDnn(tools.log()).map((line) => line.split(' ')[0])).toEqual([
      'download',
      'compile',
      'kept',
      'compile',
    ]);
  });

  test('an addon that does not run is not installed', async () => {
    use();
    const broken = async (): Promise<never> => {
      throw new Error('TensorFlow was installed but does not run here');
    };
    const checks = { ...content, addon: broken };
    await expect(installChecked({ cacheDir: tools.cache, gpu: false }, checks)).rejects.toThrow(/does not run here/);
    expect((await inspectRuntime({ cacheDir: tools.cache })).native.usable).toBe(false);
  });

  test('two at a time do the work once', async () => {
    use();
    const messages: string[] = [];
    const both = await Promise.all([install(), install({ log: (m) => messages.push(m) })]);
    expect(both.map((r) => r.installed).sort()).toEqual([false, true]);
    expect(withoutOneDnn(tools.log())).toHaveLength(2);
    expect(inside()).toHaveLength(1);
  });

  test('a damaged installation is noticed and made anew', async () => {
    use();
    const { folder } = await install();
    truncateSync(join(folder, 'tensorflow/libtensorflow_cc.so.2'), 1000);
    expect((await inspectRuntime({ cacheDir: tools.cache })).native.reason).toMatch(
      /damaged: .*libtensorflow_cc\.so\.2 has 1000 bytes, 200000/,
    );
    expect((await install()).installed).toBe(true);
    expect((await inspectRuntime({ cacheDir: tools.cache })).native.usable).toBe(true);
  });

  describe('an installation that another version of this package made', () => {
    const age = (folder: string, change: (marker: Record<string, unknown>) => void): void => {
      const path = join(folder, 'ready.json');
      const marker = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
      change(marker);
      writeFileSync(path, JSON.stringify(marker));
    };

    test.each([
      ['without a hash', (m: Record<string, unknown>) => delete m['binding']],
      ['with another hash', (m: Record<string, unknown>) => (m['binding'] = '0123456789abcdef')],
    ])('%s runs, is told of, and is built anew', async (_, change) => {
      use();
      const { folder } = await install();
      age(folder, change);
      const { native } = await inspectRuntime({ cacheDir: tools.cache });
      expect(native).toMatchObject({ usable: true, remedy: expect.stringMatching(/older version.*install/) });
      const messages: string[] = [];
      expect(await install({ log: (m) => messages.push(m) })).toMatchObject({ installed: true, folder });
      expect(messages[0]).toMatch(/building it anew/);
      expect(tools.log().filter((line) => line === 'compile')).toHaveLength(2);
      expect((await inspectRuntime({ cacheDir: tools.cache })).native.remedy).toBeUndefined();
      expect(inside()).toHaveLength(1);
      expect((await install()).installed).toBe(false);
    });

    test('stays where it cannot be built anew', async () => {
      use();
      const { folder } = await install();
      age(folder, (marker) => delete marker['binding']);
      rmSync(join(tools.path, 'c++'));
      const messages: string[] = [];
      expect(await install({ log: (m) => messages.push(m) })).toMatchObject({ installed: false, folder });
      expect(messages[0]).toMatch(/it stays.*C\+\+ compiler was not found/);
    });
  });

  test('an abort stops pip', async () => {
    use();
    tools.trouble('download-hangs');
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 700);
    await expect(install({ signal: abort.signal })).rejects.toMatchObject({ name: 'AbortError' });
    expect(inside().filter((name) => name.endsWith('.lock'))).toEqual([]);
  });

  test.each(['download-hangs', 'compile-hangs'] as const)('killed (%s), it goes on where it can', async (trouble) => {
    use();
    tools.trouble(trouble);
    await killOnce(tools, trouble === 'download-hangs' ? 'download' : 'compile');
    expect(inside().some((name) => name.endsWith('.lock'))).toBe(true); // nobody was left to take it away
    expect((await inspectRuntime({ cacheDir: tools.cache })).native.usable).toBe(false);
    tools.trouble('none');
    expect((await install()).installed).toBe(true);
    const words = withoutOneDnn(tools.log()).map((line) => line.split(' ')[0]);
    expect(words).toEqual(
      trouble === 'download-hangs' ? ['download', 'download', 'compile'] : ['download', 'compile', 'kept', 'compile'],
    );
    expect(inside()).toHaveLength(1);
  });
});

/** Runs an installation in a process of its own and kills it, with its children, when the log shows `until`. */
async function killOnce(tools: FakeTools, until: string): Promise<void> {
  const source = join(dirname(fileURLToPath(import.meta.url)), '..');
  const copy = join(source, '..', 'out-tsc', `killed-${process.pid}`);
  const built = join(copy, 'dist');
  let kill = (): void => {};
  try {
    cpSync(join(source, '..', 'native'), join(copy, 'native'), { recursive: true });
    for (const name of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.ts') || name.endsWith('.test.ts')) continue;
      const { code } = transformSync(readFileSync(join(source, name), 'utf8'), {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'es6' },
      });
      const target = join(built, name.replace(/\.ts$/, '.js'));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, code.replace(/(from\s+['"]\.{1,2}\/[^'"]*)\.ts(['"])/g, '$1.js$2'));
    }
    const script = `import { installChecked } from ${JSON.stringify(join(built, 'install/install.js'))};
      await installChecked({ cacheDir: ${JSON.stringify(tools.cache)}, gpu: false }, { tarball: () => {} });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, NODE_OPTIONS: '' },
      detached: true, // a process group of its own, to kill its children with it
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (text: Buffer) => (said += text.toString()));
    const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
    kill = () => {
      try {
        process.kill(-child.pid!, 'SIGKILL');
      } catch {
        // it has gone
      }
    };
    const begun = performance.now();
    while (!tools.log().some((line) => line.startsWith(until))) {
      if (child.exitCode !== null || performance.now() - begun > 30_000)
        throw new Error(`the installation ended early: ${said}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    process.kill(-child.pid!, 'SIGKILL');
    await ended;
  } finally {
    kill();
    rmSync(copy, { recursive: true, force: true });
  }
}
