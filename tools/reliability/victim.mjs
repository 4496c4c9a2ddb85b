/**
 * Trains as its argument says (JSON: config, out, resume, moment), and kills itself (SIGKILL: nothing in it can clean
 * up) at the moment:
 *
 * - `step:N`, `evaluating:N`: after step N and before its row is followed by anything; while the models of step N are
 *   evaluated
 * - `change:K`: before its K-th change to the disk in the run folder
 * - `lock`: once it has the folder; `config`: before config.json is there; `cutting`: before metrics.jsonl is replaced
 *   by its first part
 * - `row:N`: with half of the row of step N written
 * - `writing:N`, `named:N`: with one file of step N's checkpoint written; once it has its name, before older ones are
 *   removed
 * - `removing`: when a folder of several files is removed, with one of them gone
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename, join } from 'node:path';
import { built } from './tiny-run.mjs';

const { config, out, resume, moment } = JSON.parse(process.argv[2]);
const [what, when] = (moment ?? 'never').split(':');
const die = () => process.kill(process.pid, 'SIGKILL');

const real = { ...fs };
const paths = new Map();
const inRun = (path) => String(path).startsWith(out);
let changes = 0;
const change = (path) => {
  if (inRun(path) && ++changes === Number(when) && what === 'change') die();
};

fs.openSync = (path, flags, ...rest) => {
  if (flags !== undefined && flags !== 'r') change(path);
  const file = real.openSync(path, flags, ...rest);
  paths.set(file, String(path));
  return file;
};
fs.writeSync = (file, data, ...rest) => {
  const path = paths.get(file) ?? '';
  if (what === 'row' && basename(path) === 'metrics.jsonl' && String(data).includes(`"kind":"train","step":${when},`)) {
    real.writeSync(file, data.subarray(0, data.length >> 1));
    die();
  }
  change(path);
  return real.writeSync(file, data, ...rest);
};
fs.fsyncSync = (file) => {
  change(paths.get(file) ?? '');
  real.fsyncSync(file);
  if (what === 'writing' && (paths.get(file) ?? '').includes(`.writing-step-${when}`)) die();
};
fs.mkdirSync = (path, ...rest) => {
  change(path);
  return real.mkdirSync(path, ...rest);
};
fs.linkSync = (from, to) => {
  change(to);
  real.linkSync(from, to);
  if (what === 'lock') die();
};
fs.renameSync = (from, to) => {
  change(to);
  if (what === 'config' && basename(to) === 'config.json') die();
  if (what === 'cutting' && basename(to) === 'metrics.jsonl') die();
  real.renameSync(from, to);
  if (what === 'named' && basename(to) === `step-${when}`) die();
};
fs.rmSync = (path, ...rest) => {
  change(path);
  if (what === 'removing' && inRun(path) && fs.existsSync(path) && fs.statSync(path).isDirectory()) {
    const files = fs.readdirSync(path);
    if (files.length > 1) {
      real.unlinkSync(join(path, files.at(-1)));
      die();
    }
  }
  real.rmSync(path, ...rest);
};
syncBuiltinESMExports();

await built('@tensorflow/tfjs');
const { prepareBackend } = await built('@sed/runtime');
const { parseConfig, train } = await built('@sed/trainer');
await prepareBackend({});
let step = 0;
const onEvent = (event) => {
  if (event.kind === 'progress') step = event.step;
  if (what === 'step' && event.kind === 'progress' && step === Number(when)) die();
  if (what === 'evaluating' && event.kind === 'evaluating' && step === Number(when)) die();
};
await train(parseConfig(config), { out, resume, onEvent });
process.stdout.write(`changes: ${changes}\n`);
