import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile, appendFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { writeMadeUpRun } from '../testing/made-up-run.ts';
import { runCli } from '../testing/run-cli.ts';
import { PICTURES_FILE, readPictures } from './picture-file.ts';
import type { Chart } from '../client/chart.ts';
import { charts } from './charts.ts';
import { judge, type PictureSet } from './pictures.ts';
import { renderPage } from './page.ts';
import { readRunFolder, type Row } from './run-folder.ts';
import { describeRuns } from './runs.ts';
import { configDifferences } from './settings.ts';
import { verdict } from './verdict.ts';

let root: string;
let supervised: string;
let sed: string;
let html: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sed-report-'));
  supervised = join(root, 'supervised');
  sed = join(root, 'sed-<1>');
  await writeMadeUpRun(supervised, { method: 'supervised', seed: 1 });
  await writeMadeUpRun(sed, { method: 'sed', seed: 1, bonus: 0.01 });
  const image = join(root, 'photo.png');
  await sharp({ create: { width: 64, height: 48, channels: 3, background: '#336699' } })
    .png()
    .toFile(image);
  const set: PictureSet = {
    networks: [
      { name: 'student', step: 1200 },
      { name: 'teacher', step: 1200 },
    ],
    categories: ['cell', 'b<ad'],
    images: [
      {
        path: image,
        fileName: 'photo.png',
        width: 64,
        height: 48,
        truth: [{ category: 0, bbox: [10, 10, 20, 20] }],
        found: [
          [{ category: 0, bbox: [11, 10, 20, 20], score: 0.9 }],
          [
            { category: 0, bbox: [10, 11, 20, 20], score: 0.8 },
            { category: 1, bbox: [40, 20, 10, 10], score: 0.2 },
          ],
        ],
      },
    ],
  };
  for (const run of [supervised, sed]) await writeFile(join(run, PICTURES_FILE), JSON.stringify(set));
  const out = join(root, 'page.html');
  const { code, stdout, stderr } = await runCli(['report', supervised, sed, '--out', out, '--images', '1']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain(out);
  html = await readFile(out, 'utf8');
});
afterAll(() => rm(root, { recursive: true, force: true }));

function chartsOf(page: string): Chart[] {
  const json = /<script type="application\/json" id="charts">(.*?)<\/script>/s.exec(page)![1]!;
  return JSON.parse(json) as Chart[];
}

test('kept pictures are those of the checkpoints that are taken: of a model whose best is not kept, the newest', async () => {
  const folder = join(root, 'best-of-one');
  await cp(supervised, folder, { recursive: true });
  const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as object;
  const checkpoints = { best: { metric: 'AP', model: 'teacher' } };
  await writeFile(join(folder, 'config.json'), JSON.stringify({ ...config, checkpoints }));
  const row = (model: string, AP: number) =>
    `${JSON.stringify({ kind: 'eval', step: 9000, model, metrics: { AP }, perClass: {}, images: 1 })}\n`;
  await appendFile(join(folder, 'metrics.jsonl'), row('student', 0.01) + row('teacher', 0.99));
  const set = JSON.parse(await readFile(join(supervised, PICTURES_FILE), 'utf8')) as PictureSet;
  const pictures = { ...set, networks: set.networks.map((network) => ({ ...network, step: 9000 })) };
  await writeFile(join(folder, PICTURES_FILE), JSON.stringify(pictures));
  const out = join(root, 'best-of-one.html');
  const { code, stderr } = await runCli(['report', folder, '--out', out, '--images', '1']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

describe('the page', () => {
  test('needs no network and no other file', () => {
    const page = html.replace(/data:image\/jpeg;base64,[A-Za-z0-9+/=]+/g, 'PICTURE');
    const links = [...page.matchAll(/\b(?:src|href|srcset|poster|action)\s*=\s*["']([^"']*)/g)].map((m) => m[1]!);
    expect(links.filter((link) => !link.startsWith('#'))).toEqual([]);
    expect([...page.matchAll(/url\(([^)]*)\)/g)].map((m) => m[1])).toEqual(['PICTURE']);
    expect(/@import|<link|\bfetch\(|XMLHttpRequest|\bimport\(/.exec(page)).toBeNull();
    expect(html).toContain('uPlot');
  });

  test('opens with the verdict', () => {
    expect(html).toMatch(
      /<p class="headline">SED \d+\.\d AP, supervised training \d+\.\d, each at its best: no difference, as reruns alone are about 3 apart\.<\/p>/,
    );
    expect(html).toContain('One run of a method has no spread');
    expect(html).toContain('supervised: EMA 40.9 AP (its best and last, iteration 1200); raw');
    expect(html).toContain('Evaluated on 159 images.');
  });

  test('every series of both runs is in a chart', async () => {
    const all = chartsOf(html);
    const ids = all.map((c) => c.id);
    const losses = [
      'supervised.classification',
      'supervised.boxRegression',
      'distillation.dense.classification',
      'distillation.dense.regression',
      'scale.dense.classification',
      'scale.dense.regression',
    ];
    for (const id of [
      'ap',
      'total',
      ...losses.map((l) => `loss-${l}`),
      'pseudo50',
      'pseudo90',
      'pseudo-threshold50',
      'lr',
      'alpha',
      'gradient',
      'teacher-score',
      'seconds',
      'rss',
      'tensors',
    ]) {
      expect(ids).toContain(id);
      expect(html).toContain(`id="chart-${id}"`);
    }
    const ap = all.find((c) => c.id === 'ap')!;
    expect(ap.variants.map((v) => v.name)).toEqual(['AP', 'AP50', 'AP75']);
    expect(ap.variants[0]!.series.map((s) => s.label)).toEqual([
      'supervised · EMA',
      'supervised · raw',
      'sed-<1> · teacher',
      'sed-<1> · student',
    ]);
    expect(all.find((c) => c.id === 'total')!.variants[0]!.series).toHaveLength(2);
    expect(all.find((c) => c.id === 'loss-scale.dense.regression')!.variants[0]!.series.map((s) => s.label)).toEqual([
      'sed-<1>',
    ]);
    for (const chart of all) {
      expect(chart.yLabel).not.toBe('');
      for (const { series } of chart.variants) for (const s of series) expect(s.x).toHaveLength(s.y.length);
    }
    // The values are those of the file.
    const rows = (await readRunFolder(sed)).rows.filter((r) => r.kind === 'eval' && r['model'] === 'teacher');
    const teacher = ap.variants[0]!.series[2]!;
    expect(teacher.x).toEqual(rows.map((r) => r.step));
    expect(teacher.y[0]).toBeCloseTo(100 * (rows[0]!['metrics'] as { AP: number }).AP, 3);
  });

  test('pictures: ground truth beside student and teacher of each run, the image embedded once', () => {
    expect(html.match(/data:image\/jpeg;base64,/g)).toHaveLength(1);
    for (const title of [
      'ground truth',
      'supervised · raw',
      'supervised · EMA',
      'sed-&#60;1&#62; · student',
      'sed-&#60;1&#62; · teacher',
    ]) {
      expect(html).toContain(`<b>${title}</b>`);
    }
    expect(html).toContain('viewBox="0 0 64 48"');
    expect(html).toMatch(
      /<g data-score="0\.8000" data-right="1"><title>cell 0\.80<\/title><rect x="10" y="11" width="20" height="20"/,
    );
    expect(html).toMatch(/<g data-score="0\.2000" data-right="0" style="display:none">/);
  });

  test('histogram, warnings, settings and environment', () => {
    expect(html).toContain('Gradient lengths in distillation');
    expect(html).toContain('make &#60;4.8&#62; times the gradient');
    expect(html).toMatch(
      /<th scope="row" class="text">method\.<wbr>kind<\/th><td class="text">&#34;supervised&#34;<\/td><td class="text">&#34;sed&#34;<\/td>/,
    );
    expect(html).toContain('config.json of supervised');
    expect(html).toContain('tensorflow 2.<wbr>21.<wbr>0');
    expect(html).toMatch(/<th scope="row">WBC<\/th>/);
  });

  test('what comes from outside cannot break out of the page', () => {
    expect(html).not.toContain('sed-<1>');
    expect(html).not.toContain('b<ad');
  });
});

describe('verdict', () => {
  const load = async (...folders: string[]) => describeRuns(await Promise.all(folders.map(readRunFolder)));

  test('several seeds: mean, spread and the paired difference', async () => {
    const folders: string[] = [];
    for (const seed of [1, 2, 3]) {
      for (const method of ['supervised', 'sed'] as const) {
        const folder = join(root, `many-${method}-${seed}`);
        await writeMadeUpRun(folder, { method, seed, bonus: seed / 100 + (method === 'sed' ? 0.02 : 0) });
        folders.push(folder);
      }
    }
    const { headline, notes } = verdict(await load(...folders));
    expect(headline).toMatch(
      /^SED \d+\.\d ± \d\.\d AP, supervised training \d+\.\d ± \d\.\d, each at its best: 3\.\d above \(95 % interval \+\d\.\d to \+\d\.\d\)\.$/,
    );
    expect(notes.join(' ')).toContain(
      'over 3 pairs (+3.3, +2.2, +3.4): +3.0 ± 0.7 (standard deviation); 95 % interval of the mean +1.3 to +4.7.',
    );
  });

  const evaluations = async (name: string, method: string, rows: readonly [number, string, number][], seed = 1) => {
    const folder = join(root, name);
    await mkdir(folder, { recursive: true });
    const best = { metric: 'AP' };
    await writeFile(
      join(folder, 'config.json'),
      JSON.stringify({ seed, method: { kind: method }, checkpoints: { best } }),
    );
    const lines = rows.map(([step, model, AP]) =>
      JSON.stringify({ kind: 'eval', step, model, metrics: { AP }, images: 40, perClass: {} }),
    );
    await writeFile(join(folder, 'metrics.jsonl'), `${[...lines, '{"kind":"done","step":60}'].join('\n')}\n`);
    return folder;
  };

  test('the better model at its best stands for a run, not the teacher at the end', async () => {
    const folder = await evaluations('short', 'sed', [
      [30, 'student', 0.104],
      [60, 'student', 0.09],
      [60, 'teacher', 0.048],
    ]);
    const { headline, notes } = verdict(await load(folder));
    expect(headline).toBe('SED: 10.4 AP at its best.');
    expect(notes).toContain(
      'short: teacher 4.8 AP (its best and last, iteration 60); student 10.4 AP (its best, iteration 30), 9.0 (its last, 60).',
    );
    expect(notes.join(' ')).toMatch(/chosen on the very images it is reported on/);
  });

  test('with one seed nothing is praised: below the noise of reruns there is no difference, above it no proof', async () => {
    const base = await evaluations('base', 'supervised', [[60, 'teacher', 0.3]]);
    const near = await evaluations('near', 'sed', [[60, 'teacher', 0.329]]);
    const far = await evaluations('far', 'sed', [[60, 'teacher', 0.35]]);
    expect(verdict(await load(base, near)).headline).toBe(
      'SED 32.9 AP, supervised training 30.0, each at its best: no difference, as reruns alone are about 3 apart.',
    );
    expect(verdict(await load(base, far)).headline).toBe(
      'SED 35.0 AP, supervised training 30.0, each at its best: 5.0 above. Reruns alone are about 3 apart, and one run is no proof.',
    );
  });

  test('pairs that scatter more than they differ show no difference', async () => {
    const folders: string[] = [];
    for (const [seed, difference] of [
      [1, 0.05],
      [2, -0.02],
      [3, 0.03],
    ] as const) {
      folders.push(await evaluations(`scatter-s-${seed}`, 'supervised', [[60, 'teacher', 0.3]], seed));
      folders.push(await evaluations(`scatter-d-${seed}`, 'sed', [[60, 'teacher', 0.3 + difference]], seed));
    }
    // mean 2, standard deviation 3.606, t(2) = 4.30: 2 ± 8.95
    expect(verdict(await load(...folders)).headline).toBe(
      'SED 32.0 ± 3.6 AP, supervised training 30.0 ± 0.0, each at its best: no difference beyond chance (95 % interval −7.0 to +11.0).',
    );
  });

  test('one run, an unfinished run, a run without evaluation', async () => {
    const half = join(root, 'half');
    await writeMadeUpRun(half, { method: 'sed', seed: 5, finished: false });
    const { headline, notes } = verdict(await load(half));
    expect(headline).toMatch(/^SED: \d+\.\d AP at its best\.$/);
    expect(notes.join(' ')).toContain('half has not finished: it is at iteration 825 of 1200.');
    const fresh = join(root, 'fresh');
    await mkdir(fresh);
    await writeFile(join(fresh, 'config.json'), '{"method":{"kind":"sed"}}');
    await writeFile(join(fresh, 'metrics.jsonl'), '{"kind":"start","step":0}\n');
    expect(verdict(await load(fresh)).headline).toBe('No run has been evaluated yet.');
  });

  test('runs that differ in more than the method are said to', async () => {
    const long = join(root, 'long');
    await writeMadeUpRun(long, { method: 'sed', seed: 1, iterations: 2400 });
    const { notes } = verdict(await load(supervised, long));
    expect(notes.join(' ')).toMatch(/The runs differ in more than the method: .*iterations/);
  });
});

describe('run folders', () => {
  test('a resumed run counts a step once, a half-written line is not fatal', async () => {
    const folder = join(root, 'resumed');
    await mkdir(folder);
    await writeFile(join(folder, 'config.json'), '{}');
    const row = (step: number, total: number) => `${JSON.stringify({ kind: 'train', step, total })}\n`;
    await writeFile(join(folder, 'metrics.jsonl'), row(1, 10) + row(2, 20) + '{"kind":"train","st\n');
    await appendFile(join(folder, 'metrics.jsonl'), '{"kind":"resume","step":1}\n' + row(2, 22) + row(3, 30));
    const run = await readRunFolder(folder);
    expect(run.damagedLines).toBe(1);
    expect(run.rows.filter((r) => r.kind === 'train').map((r) => r['total'])).toEqual([10, 22, 30]);
  });

  test('a folder that is no run is said to be none', async () => {
    const { code, stderr } = await runCli(['report', root]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/has no metrics\.jsonl: it is not the folder of a run/);
  });

  test('differences of configs', () => {
    const a = { config: { seed: 1, method: { kind: 'sed', x: [1, 2] }, same: true } };
    const b = { config: { seed: 2, method: { kind: 'sed', x: [1, 3] }, same: true, extra: null } };
    expect(configDifferences([a, b])).toEqual([
      { path: 'seed', values: ['1', '2'] },
      { path: 'method.x', values: ['[1,2]', '[1,3]'] },
      { path: 'extra', values: [undefined, 'null'] },
    ]);
  });

  test('a long run is thinned to a page that opens', async () => {
    const folder = join(root, 'long-one');
    await writeMadeUpRun(folder, { method: 'sed', seed: 1, iterations: 90_000 });
    const all = charts(describeRuns([await readRunFolder(folder)])).flatMap((s) => s.charts);
    const total = all.find((c) => c.id === 'total')!.variants[0]!.series[0]!;
    expect(total.x.length).toBeLessThanOrEqual(500);
    expect(total.x.at(-1)).toBe(90_000);
  });
});

test('judge: the better detection takes the object', () => {
  const truth = [{ category: 0, bbox: [0, 0, 10, 10] as const }];
  const box = (score: number, category = 0) => ({ category, bbox: [0, 0, 10, 9] as const, score });
  expect(judge([box(0.5), box(0.9), box(0.95, 1)], truth).map((j) => [j.box.score, j.right])).toEqual([
    [0.95, false],
    [0.9, true],
    [0.5, false],
  ]);
});

describe('a run folder from somebody else', () => {
  const attack = "\"'></script><script>document.title='taken'</script><img src=x onerror=alert(1)>";
  let page: string;

  beforeAll(async () => {
    const folder = join(root, 'foreign');
    await writeMadeUpRun(folder, { method: 'sed', seed: 1 });
    const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as Record<string, unknown>;
    await writeFile(
      join(folder, 'config.json'),
      JSON.stringify({ ...config, [attack]: attack, checkpoints: { best: { metric: attack } } }),
    );
    const rows = [
      {
        kind: 'start',
        step: 0,
        date: attack,
        backend: attack,
        classes: [attack],
        versions: { [attack]: attack },
        notes: [attack],
      },
      { kind: 'train', step: 1, losses: { [attack]: 1, 'a"]': 2 }, histogram: [attack, 5, -1], total: attack },
      { kind: 'train', step: 2, losses: { [attack]: 2, 'a"]': 3 }, histogram: [3, 5, -1] },
      { kind: 'warning', step: 1, code: attack, message: attack },
      {
        kind: 'eval',
        step: 9000,
        model: 'teacher',
        metrics: { AP: 0.5, AP50: attack },
        perClass: { [attack]: 0.5 },
        images: attack,
      },
      { kind: 'pseudo', step: 2, thresholds: [attack, 0.5], precision50: [attack, 0.5], images: attack },
      { kind: 'done', step: 9000, stoppedEarly: attack },
    ];
    await appendFile(join(folder, 'metrics.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const image = {
      path: join(root, 'photo.png'),
      fileName: attack,
      width: 64,
      height: 48,
      truth: [],
      found: [[], []],
    };
    const networks = [
      { name: 'student', step: 1200 },
      { name: 'teacher', step: 9000 },
    ];
    const files: Record<string, object> = {
      text: { ...image, width: attack, height: attack },
      style: { ...image, width: '64;background:url(https://example.org)' },
      box: { ...image, truth: [{ category: 0, bbox: [0, 0, 5, attack] }] },
      category: { ...image, truth: [{ category: attack, bbox: [0, 0, 5, 5] }] },
      score: { ...image, found: [[{ category: 0, bbox: [0, 0, 5, 5], score: attack }], []] },
      boxes: { ...image, found: [attack, []] },
      few: { ...image, found: [[]] },
      none: { ...image, truth: attack },
    };
    const write = (set: object) => writeFile(join(folder, PICTURES_FILE), JSON.stringify(set));
    for (const made of Object.values(files)) {
      await write({ networks, categories: [attack], images: [made] });
      expect(await readPictures(folder)).toBeUndefined();
    }
    for (const foreign of [
      { networks: [{ name: 'student', step: attack }] },
      { networks: attack },
      { steps: { student: attack } },
    ]) {
      await write({ ...foreign, categories: [], images: [{ ...image, student: [] }] });
      expect(await readPictures(folder)).toBeUndefined();
    }
    // what is well-formed goes into the page, and only as text
    const truth = [{ category: 0, bbox: [1, 1, 9, 9] }];
    await write({ networks, categories: [attack], images: [{ ...image, truth }] });
    const out = join(root, 'foreign.html');
    expect((await runCli(['report', folder, '--out', out, '--images', '1'])).code).toBe(0);
    page = await readFile(out, 'utf8');
  });

  test('brings text into the page, no element and no attribute', () => {
    expect(page.includes('enlarge &#34;')).toBe(true);
    // in the page's text an angle bracket of theirs is escaped, in its JSON too
    expect(page.includes('<img')).toBe(false);
    expect(page.includes('<script>document.title')).toBe(false);
    expect(page.match(/<script/g)).toHaveLength(5);
    const outside = page.replace(/<script[^]*?<\/script>|<style>[^]*?<\/style>/g, '');
    const attributes = outside.match(/<[a-z][^>]*>/gi)!.map((tag) => tag.replace(/"[^"]*"/g, ''));
    expect(attributes.filter((names) => /\son\w+=|'/i.test(names))).toEqual([]);
    expect(outside.match(/="(javascript:|https?:)/)).toBeNull();
    expect(chartsOf(page).map((c) => c.id)).toContain('loss-a"]');
  });

  test('runs no script but the page’s own, by the sums in its policy', () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)![1]!.replaceAll('&#39;', "'");
    expect(policy).toMatch(
      /^default-src 'none'; script-src ('sha256-[\w+/=]+' ?){4}; style-src 'unsafe-inline'; img-src data:;/,
    );
    const scripts = [...page.matchAll(/<script>([^]*?)<\/script>/g)].map((m) => m[1]!);
    expect(scripts).toHaveLength(4);
    for (const script of scripts) {
      expect(policy.includes(`'sha256-${createHash('sha256').update(script).digest('base64')}'`)).toBe(true);
    }
  });
});

test('the page can be used by the keyboard and read aloud', () => {
  expect(html).toMatch(/<button type="button" id="theme" aria-pressed="false" hidden>.* Dark<\/button>/);
  expect(html).toMatch(/<button type="button" class="zoom" aria-label="enlarge photo\.png, ground truth"><svg/);
  expect(html).toMatch(/<dialog id="large" aria-labelledby="large-name"><button type="button" aria-label="close">/);
  expect(html).toMatch(/<div class="scroll" role="region" tabindex="0" aria-label="settings that differ">/);
  expect(html).toContain('picture.setAttribute("aria-label", chartName(');
});

test('words are explained in the section that has them', () => {
  const section = (id: string) => new RegExp(`<section id="${id}">[^]*?</section>`).exec(html)![0];
  const words = (id: string) => /Words used here: ([^<]*)</.exec(section(id))?.[1]?.split(', ') ?? [];
  expect(words('losses')).toEqual(expect.arrayContaining(['burn-in', 'Eq 2', 'Eq 3', 'dense']));
  expect(words('final')).toEqual(expect.arrayContaining(['AP50', 'EMA', 'teacher', 'AR']));
  expect(words('final')).not.toContain('recall');
  expect(section('final')).toContain('<abbr title="average precision at IoU 0.50">AP50</abbr>');
});

test('one evaluation is no curve', () => {
  const run = describeRuns([
    {
      folder: '/a',
      name: 'a',
      config: {},
      damagedLines: 0,
      rows: [{ kind: 'eval', step: 60, model: 'student', metrics: { AP: 0.1 } }],
    },
  ]);
  expect(charts(run)).toEqual([]);
});

describe('a method that the report does not know', () => {
  const start = {
    kind: 'start',
    step: 0,
    networks: [
      { name: 'left', role: 'trained' },
      { name: 'right', role: 'trained' },
      { name: 'mean', role: 'averaged' },
      { name: 'first', role: 'frozen' },
    ],
  };
  const evaluation = (step: number, model: string, AP: number) => ({
    kind: 'eval',
    step,
    model,
    metrics: { AP },
    perClass: { cell: AP },
    images: 40,
  });
  const rows = [
    start,
    { kind: 'train', step: 20, losses: { 'supervised.classification': 1, 'agreement.of.both': 0.5 }, total: 1.5 },
    evaluation(30, 'left', 0.2),
    evaluation(30, 'right', 0.3),
    evaluation(60, 'left', 0.25),
    evaluation(60, 'right', 0.28),
    evaluation(60, 'mean', 0.27),
  ];
  const run = (name: string, kind: string, own: readonly Row[]) => ({
    folder: join('/runs', name),
    name,
    config: { method: { kind }, checkpoints: { best: { metric: 'AP' } } },
    damagedLines: 0,
    rows: own,
  });

  test('is reported by its name, with its networks and losses', () => {
    const runs = describeRuns([run('two', 'co-training', rows)]);
    const all = charts(runs).flatMap((section) => section.charts);
    expect(all.find(({ id }) => id === 'ap')!.variants[0]!.series.map(({ label, dash }) => [label, dash])).toEqual([
      ['two · mean', undefined],
      ['two · left', [6, 4]],
      ['two · right', [2, 3]],
    ]);
    const loss = all.find(({ id }) => id === 'loss-agreement.of.both')!;
    expect([loss.title, loss.note]).toEqual(['agreement · of · both', '']);
    expect(verdict(runs).headline).toBe('Co-training: 30.0 AP at its best.');
    expect(verdict(runs).notes).toContain(
      'two: mean 27.0 AP (its best and last, iteration 60); left 25.0 AP (its best and last, iteration 60); right 30.0 AP (its best, iteration 30), 28.0 (its last, 60).',
    );
    const page = renderPage({ runs, pictures: new Map(), jpegs: new Map(), missing: new Map(), made: 'by a test' });
    expect(page).toContain('<div class="note">co-training · not finished</div>');
    expect(page).toContain('AP, best of right');
    expect(page).toContain('<th scope="row">two · left</th>');
    expect(page).toContain('<th scope="col">two · right, iteration 30</th>');
    expect(page).toContain('the first is solid, averaged weights come before those that an optimizer moves');
  });

  test('is compared with supervised training like any other', () => {
    const runs = describeRuns([
      run('base', 'supervised', [evaluation(60, 'teacher', 0.2)]),
      run('two', 'co-training', rows),
    ]);
    expect(verdict(runs).headline).toMatch(
      /^co-training 30\.0 AP, supervised training 20\.0, each at its best: 10\.0 above/,
    );
  });
});

test('kept pictures of an earlier version are those of a student and a teacher', async () => {
  const folder = join(root, 'earlier');
  await mkdir(folder);
  const image = { path: '/a.png', fileName: 'a.png', width: 4, height: 3, truth: [] };
  const box = { category: 0, bbox: [0, 0, 2, 2], score: 0.5 };
  const write = (set: object) => writeFile(join(folder, PICTURES_FILE), JSON.stringify(set));
  await write({
    steps: { student: 8, teacher: 9 },
    categories: ['cell'],
    images: [{ ...image, student: [box], teacher: [] }],
  });
  expect(await readPictures(folder)).toMatchObject({
    networks: [
      { name: 'student', step: 8 },
      { name: 'teacher', step: 9 },
    ],
    images: [{ fileName: 'a.png', found: [[box], []] }],
  });
  await write({ steps: { student: 8 }, categories: ['cell'], images: [{ ...image, student: [box] }] });
  expect((await readPictures(folder))!.networks).toEqual([{ name: 'student', step: 8 }]);
});
