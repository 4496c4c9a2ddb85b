import { Writable } from 'node:stream';
import type { EvalRow, ProgressEvent, RunConfig, TrainEvent } from '@sed/trainer';
import type { Io } from '../io.ts';
import { createTalk } from '../ui/console.ts';
import { createDisplay, evaluationTable, progressLine, shortLoss } from './display.ts';

const progress = (step: number, phase = 'burn-in'): ProgressEvent => ({
  kind: 'progress',
  step,
  iterations: 1200,
  secondsPerStep: 0.5,
  secondsLeft: 300,
  losses: {
    'supervised.classification': 0.0512,
    'supervised.boxRegression': 0.21,
    'distillation.dense.regression': 0.0123,
  },
  total: 0.82,
  lr: 0.01,
  alpha: phase === 'burn-in' ? null : 0.99,
  phase,
});

const evalRow = (model: 'student' | 'teacher', AP: number): EvalRow => ({
  kind: 'eval',
  step: 400,
  model,
  metrics: {
    AP,
    AP50: 0.8,
    AP75: 0.3,
    APs: -1,
    APm: 0.2,
    APl: 0.5,
    AR1: 0.1,
    AR10: 0.4,
    AR100: 0.5,
    ARs: -1,
    ARm: 0.3,
    ARl: 0.6,
  },
  perClass: {},
  images: 159,
  seconds: 10,
});

function screen(interactive: boolean, quiet = false, method = 'sed') {
  let text = '';
  const stderr = new Writable({ write: (chunk: Buffer, _e, done) => ((text += chunk.toString()), done()) });
  const io = { stderr, interactive, columns: () => 100, env: { NO_COLOR: '1' } } as unknown as Io;
  let time = 0;
  const display = createDisplay(createTalk(io), io, { method: { kind: method } } as RunConfig, quiet, () => time);
  return { display, text: () => text, wait: (seconds: number) => (time += seconds * 1000) };
}

test('the line names losses, rate, α, speed and the time left', () => {
  const line = progressLine(progress(600, 'sed'));
  expect(line).toBe(
    'iteration 600/1200  sed  5m 00s left  0.500 s/step  lr 0.0100  α 0.990  loss 0.820  sup.cls 0.0512 sup.box 0.210 dist.reg 0.0123',
  );
  expect(shortLoss('scale.roi.classification')).toBe('scale.roi.cls');
});

describe('on a terminal', () => {
  const long = (phase: string): ProgressEvent => ({
    ...progress(1200, phase),
    step: 112_500,
    iterations: 180_000,
    secondsPerStep: 12.3,
    secondsLeft: 830_250,
    total: 0.000_123,
  });

  test.each(['burn-in', 'supervised', 'sed'])('the loss, the rate and the time left are in 80 columns: %s', (phase) => {
    for (const event of [progress(600, phase), long(phase)]) {
      const line = progressLine(event, 79);
      expect(line).toMatch(/ loss \S+/);
      expect(line).toMatch(/ s\/step/);
      expect(line).toMatch(/ left/);
      expect(line.length).toBeLessThanOrEqual(79);
    }
  });

  test('a wide one shows the losses too, a narrow one keeps what is wanted most', () => {
    const event = progress(600, 'sed');
    expect([159, 120, 79, 59, 39, 19, 9].map((columns) => progressLine(event, columns))).toEqual([
      '600/1200  ██████░░░░░░  50 %  sed  5m 00s left  0.500 s/step  loss 0.820  sup.cls 0.0512  sup.box 0.210  dist.reg 0.0123  lr 0.0100  α 0.990',
      '600/1200  ██████░░░░░░  50 %  sed  5m 00s left  0.500 s/step  loss 0.820  sup.cls 0.0512  sup.box 0.210  dist.reg 0.0123',
      '600/1200 ████░░░░ 50 % sed 5m 00s left 0.500 s/step loss 0.820 sup.cls 0.0512',
      '600/1200 50 % sed 5m 00s left 0.500 s/step loss 0.820',
      '600/1200 5m 00s left loss 0.820',
      '600/1200 loss 0.820',
      '600/1200',
    ]);
  });
});

test('on a terminal one line is drawn again and again and never wraps', () => {
  const { display, text } = screen(true);
  display.event(progress(1));
  display.event(progress(2));
  display.end();
  const drawn = text()
    .split('\r\u001b[2K')
    .filter((s) => s !== '');
  expect(drawn).toHaveLength(2);
  for (const line of drawn) {
    expect(line).not.toContain('\n');
    expect(line.length).toBeLessThan(100);
  }
  expect(text().endsWith('\r\u001b[2K')).toBe(true);
});

test.each([
  ['no terminal', false, false],
  ['--quiet', true, true],
])('plain lines now and then: %s', (_name, interactive, quiet) => {
  const { display, text, wait } = screen(interactive, quiet);
  for (let step = 1; step <= 100; step++) {
    display.event(progress(step));
    wait(1);
  }
  display.event(progress(1200));
  const lines = text().trim().split('\n');
  expect(lines).toHaveLength(8); // at 0, 15, …, 90 seconds, and the last step
  expect(text()).not.toContain('\u001b');
  expect(lines.at(-1)).toContain('1200/1200');
});

test('evaluations of both models are one table; warnings and the end of the burn-in are lines', () => {
  const { display, text } = screen(false);
  display.event(progress(400));
  display.event(evalRow('student', 0.3101));
  display.event(evalRow('teacher', 0.3299));
  expect(text()).not.toContain('AP50');
  display.event({ kind: 'warning', step: 401, code: 'x', message: 'Step 401: the loss is zero.' });
  display.event(progress(401, 'sed'));
  expect(text()).toContain(
    '  iteration 400    AP  AP50  AP75  APs   APm   APl  AR100\n  student        31.0  80.0  30.0    -  20.0  50.0   50.0\n  teacher        33.0',
  );
  expect(text()).toContain('warning at iteration 401: The loss is zero.');
  expect(text()).toContain('iteration 401: burn-in ends, sed begins');
});

test('a last evaluation is shown at the end; a supervised run has no teacher', () => {
  const { display, text } = screen(false, false, 'supervised');
  display.event(evalRow('teacher', 0.3));
  display.end();
  expect(text()).toContain('EMA');
  expect(evaluationTable([evalRow('student', 0.3)], 'supervised')).toContain('raw');
});

test('networks that the run states are called by their names, and of the baseline by their roles', () => {
  const started = (networks: readonly object[], method: string) => {
    const { display, text } = screen(false, false, method);
    const images = { labeled: 1, unlabeled: 0, validation: 1 };
    const start = {
      kind: 'start',
      step: 0,
      date: '',
      versions: {},
      backend: 'cpu',
      seed: 1,
      notes: [],
      images,
      classes: [],
    };
    display.event({ ...start, networks } as unknown as TrainEvent);
    for (const { name } of networks as { name: string }[]) {
      display.event({ ...evalRow('student', 0.25), model: name });
    }
    display.end();
    return text();
  };
  const networks = [
    { name: 'net', role: 'trained' },
    { name: 'mean', role: 'averaged' },
  ];
  expect(started(networks, 'mine')).toMatch(/\n {2}net +25\.0 .*\n {2}mean +25\.0/);
  expect(started(networks, 'supervised')).toMatch(/\n {2}raw +25\.0 .*\n {2}EMA +25\.0/);
});
