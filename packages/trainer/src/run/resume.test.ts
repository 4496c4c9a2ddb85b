/**
 * Runs that go on after something around them has changed: classes numbered otherwise, data moved or edited, more
 * iterations.
 */
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onEveryBackend } from '@sed/testing';
import { applyOverrides } from '../config/parse.ts';
import { readMetrics } from '../metrics/writer.ts';
import type { RunConfig } from '../config/schema.ts';
import { tinyConfig, writeMadeUpData } from '../testing/made-up.ts';
import { readRunConfig } from './folder.ts';
import { train } from './train.ts';
import type { TrainEvent, TrainOptions } from './types.ts';

const folder = mkdtempSync(join(tmpdir(), 'sed-going-on-'));
const at = (name: string) => join(folder, name);
const set = at('set');
writeMadeUpData(set, { train: 8, val: 3 });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const weights = (out: string, step: number) =>
  ['student', 'teacher', 'student.optimizer'].map((name) =>
    readFileSync(join(out, `checkpoints/step-${step}/${name}.safetensors`)).toString('base64'),
  );
const plain = (data: string, changes = {}) =>
  tinyConfig(data, { telemetry: { pseudoLabels: { every: 0 } }, ...changes });
const stateOf = (out: string, step: number) =>
  JSON.parse(readFileSync(join(out, `checkpoints/step-${step}/state.json`), 'utf8')) as {
    state: { categories: unknown };
  };

async function stopAt(step: number, config: RunConfig, out: string): Promise<void> {
  const abort = new AbortController();
  const onEvent = (e: TrainEvent) => {
    if (e.kind === 'progress' && e.step === step) abort.abort();
  };
  await train(config, { out, signal: abort.signal, onEvent });
}

const PATIENCE = 240_000;

onEveryBackend(
  'going on',
  (backend) => {
    const out = at(`run-${backend}`);
    const copyOf = (name: string) => {
      const copy = at(`${name}-${backend}`);
      cpSync(set, copy, { recursive: true });
      return copy;
    };
    const resume = (config: RunConfig, run: string, options: Partial<TrainOptions> = {}) =>
      train(config, { out: run, resume: true, ...options });

    test(
      'the undisturbed run',
      async () => {
        await train(plain(set), { out });
      },
      PATIENCE,
    );

    test(
      'classes that a new export numbers the other way round keep their outputs',
      async () => {
        const data = copyOf('renumbered');
        const run = `${data}-run`;
        await stopAt(5, plain(data), run);
        for (const file of ['train.json', 'val.json']) {
          const coco = JSON.parse(readFileSync(join(data, file), 'utf8'));
          coco.categories = [
            { id: 1, name: 'blue' },
            { id: 2, name: 'red' },
          ];
          for (const a of coco.annotations) a.category_id = 3 - a.category_id;
          writeFileSync(join(data, file), JSON.stringify(coco));
        }
        await resume(plain(data), run);
        expect(weights(run, 10)).toEqual(weights(out, 10));
        expect(stateOf(run, 10).state.categories).toEqual(stateOf(out, 10).state.categories);
        const row = readMetrics(join(run, 'metrics.jsonl')).find((r) => r.kind === 'resume');
        expect(row).toMatchObject({ notes: [expect.stringMatching(/red 1, now 2; blue 2, now 1.*matched by name/)] });
        const last = (folder: string) =>
          readMetrics(join(folder, 'metrics.jsonl')).flatMap((r) => (r.kind === 'eval' ? [r.metrics] : []));
        expect(last(run)).toEqual(last(out));
      },
      PATIENCE,
    );

    test(
      'data that was moved is found by its new root, and the run is the one it was',
      async () => {
        const data = copyOf('movable');
        const run = `${data}-run`;
        await stopAt(5, plain(data), run);
        renameSync(data, `${data}-2`);
        await expect(resume(readRunConfig(run), run)).rejects.toThrow(
          /train\.json[^]*The data was in .*movable.*"data\.root"/,
        );
        await resume(applyOverrides(readRunConfig(run), [`data.root=${data}-2`]), run);
        expect(weights(run, 10)).toEqual(weights(out, 10));
        // and that is what the run now has, for the next time
        expect(readRunConfig(run).data.labeled).toMatchObject({ images: `${data}-2/images` });
      },
      PATIENCE,
    );

    test(
      'other labels or other classes are refused by name; changed labels go on where that is meant',
      async () => {
        const data = copyOf('edited');
        const run = `${data}-run`;
        await stopAt(5, plain(data), run);
        const text = readFileSync(join(data, 'train.json'), 'utf8');
        writeFileSync(join(data, 'train.json'), text.replace('"blue"', '"green"'));
        await expect(resume(plain(data), run)).rejects.toThrow(
          /"data.labeled": The classes of the sources are not those of the run in [^]*not among the classes: 'green'/,
        );
        const coco = JSON.parse(text);
        coco.annotations.forEach((a: { bbox: number[] }) => (a.bbox[0]! += 1));
        writeFileSync(join(data, 'train.json'), JSON.stringify(coco));
        await expect(resume(plain(data), run)).rejects.toThrow(
          /data of the run in .* has changed[^]*labeled images: the boxes of 4 are others/,
        );
        await resume(plain(data), run, { acceptChangedData: true });
        const row = readMetrics(join(run, 'metrics.jsonl')).find((r) => r.kind === 'resume');
        expect(row).toMatchObject({
          notes: [expect.stringMatching(/^Going on with changed data, as was asked: labeled images/)],
        });
        // accepted once, it is the data of the run
        await expect(resume(plain(data), run)).resolves.toMatchObject({ step: 10 });
      },
      PATIENCE,
    );

    test(
      'a finished run trains on, and is the longer run',
      async () => {
        const longer = { iterations: 13 };
        const whole = at(`longer-${backend}`);
        await train(plain(set, longer), { out: whole });
        const said: string[] = [];
        await expect(resume(plain(set), out, { log: (line) => said.push(line) })).resolves.toMatchObject({ step: 10 });
        expect(said).toContainEqual(expect.stringMatching(/has done its 10 iterations.*"iterations"/));
        await resume(plain(set, longer), out);
        expect(weights(out, 13)).toEqual(weights(whole, 13));
        expect(
          readMetrics(join(out, 'metrics.jsonl'))
            .filter((r) => r.kind === 'done')
            .map((r) => r.step),
        ).toEqual([13]);
      },
      PATIENCE,
    );

    test(
      'another run’s weights with the classes in another order are refused with the remedy',
      async () => {
        const base = plain(set, { initFrom: join(out, 'checkpoints/step-4') });
        const turned = { ...base, data: { ...base.data, classes: ['blue', 'red'] } };
        await expect(train(turned, { out: at(`turned-${backend}`) })).rejects.toThrow(
          /same classes as this run in another order.*"data.classes": \["red","blue"\]/,
        );
        const renamed = {
          ...base,
          data: { ...base.data, classes: ['red', 'green'], renameClasses: { blue: 'green' } },
        };
        await expect(train(renamed, { out: at(`turned-${backend}`) })).rejects.toThrow(
          /other classes: this run lacks blue; it lacks green/,
        );
      },
      PATIENCE,
    );
  },
  ['tensorflow'],
);
