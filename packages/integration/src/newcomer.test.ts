/**
 * From a folder of pictures with labels and one without to boxes on a new picture, in three commands and without a
 * config written by hand. Needs the packages built (`tsc -b`) and the pretrained weights, as the root's set-up leaves
 * them; where they are not here and pip cannot fetch them, it is skipped.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pretrainedWeights } from '@sed/cli';
import { decodeImage } from '@sed/datasets-coco';
import { synthesize } from '@sed/datasets-coco/synth';
import { cli, env } from './testing/tiny-run.ts';

/** Why there are no weights; undefined where they are here, or anything else is wrong with them. */
const without = await pretrainedWeights('efficientnet-lite0-imagenet', { download: true }).then(
  () => undefined,
  ({ message }: Error) => /^(pip could not fetch|\S+ was not found|\S+ has no pip)[^:(,]*/.exec(message)?.[0],
);

let home: string;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'sed-newcomer-'));
  const scenes = join(home, 'scenes');
  const splits = [
    { name: 'train', images: 6, labeled: true },
    { name: 'pool', images: 4, labeled: false },
    { name: 'new', images: 1, labeled: false },
  ];
  await synthesize({ out: scenes, seed: 3, width: 96, height: 64, splits, options: { difficulty: 'easy' } });
  // what a newcomer has: pictures and the export of a labeling tool in one folder, other pictures in others
  cpSync(join(scenes, 'train'), join(home, 'labeled'), { recursive: true });
  cpSync(join(scenes, 'annotations/instances_train.json'), join(home, 'labeled/annotations.json'));
  cpSync(join(scenes, 'pool'), join(home, 'more'), { recursive: true });
  cpSync(join(scenes, 'new'), join(home, 'new'), { recursive: true });
}, 60_000);
afterAll(() => rmSync(home, { recursive: true, force: true }));

function sedCli(...argv: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [cli, ...argv], { cwd: home, env });
    const text = { stdout: '', stderr: '' };
    child.stdout.on('data', (data: Buffer) => (text.stdout += data.toString()));
    child.stderr.on('data', (data: Buffer) => (text.stderr += data.toString()));
    child.on('close', (code) => done({ code, ...text }));
  });
}

/** Runs a line that a command has printed. */
const follow = (line: string, ...more: string[]) => sedCli(...line.trim().split(/\s+/).slice(1), ...more);

const title = 'three commands, the last two as the first one prints them';
(without === undefined ? test : test.skip)(
  without === undefined ? title : `${title} [NOT RUN: ${without}]`,
  async () => {
    const made = await sedCli('init', '--labeled', 'labeled', '--unlabeled', 'more', '--out', 'my.json');
    expect({ code: made.code, stderr: made.stderr }).toEqual({ code: 0, stderr: '' });
    const next = made.stdout.split('\n').filter((line) => /^ +sed-cli /.test(line));
    expect(next).toHaveLength(2);

    // the whole run has 1200
    const trained = await follow(next[0]!, '--iterations', '6', '--no-report');
    expect({ code: trained.code, stderr: trained.code === 0 ? '' : trained.stderr }).toEqual({ code: 0, stderr: '' });
    expect(trained.stderr).toMatch(/Training: 5 labeled, 4 unlabeled, 1 validation images/);

    const predicted = await follow(next[1]!.replace('<pictures>', 'new'), '--score', '0.001', '--draw-score', '0.001');
    expect({ code: predicted.code, stderr: predicted.code === 0 ? '' : predicted.stderr }).toEqual({
      code: 0,
      stderr: '',
    });
    const found = JSON.parse(readFileSync(join(home, 'runs/my-detections.json'), 'utf8')) as { bbox: number[] }[];
    expect(found.length).toBeGreaterThan(0);
    const { width, height } = await decodeImage(join(home, 'new/new_000001.jpg'));
    for (const { bbox } of found) {
      const [x, y, w, h] = bbox as [number, number, number, number];
      expect(Math.min(x, y, w, h)).toBeGreaterThanOrEqual(-1e-3);
      expect(x + w).toBeLessThanOrEqual(width + 1e-3);
      expect(y + h).toBeLessThanOrEqual(height + 1e-3);
    }
    const drawn = await decodeImage(join(home, 'runs/my-pictures/new_000001.jpg'));
    expect([drawn.width, drawn.height]).toEqual([width, height]);
  },
  300_000,
);
