/**
 * Loading and checking COCO annotations here and in pycocotools, alternately on the same machine: seconds, processor
 * seconds and peak memory of a process that does nothing else. The file is made up: train2017's 118,287 images and
 * 860,001 boxes.
 *
 *   node tools/bench/load.mjs --python python3 [--points 0,25] [--rounds 3]
 *
 * `--points` is the number of corners of each object's polygon (0: boxes alone; 25 makes a file of train2017's size,
 * 430 MB; 80 more than 1 GB). `--python ''` leaves pycocotools out. Needs `npx tsc -b packages/datasets-coco` before,
 * and pycocotools in that Python.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const IMAGES = 118_287;
const BOXES = 860_001;
const CLASSES = 80;

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    points: { type: 'string', default: '0,25' },
    rounds: { type: 'string', default: '3' },
    one: { type: 'string' },
  },
});

if (values.one !== undefined) await loadOne(values.one);
else compare();

/** What the other processes of this script do: load, check, say what it took. */
async function loadOne(file) {
  const { readCoco } = await import('../../packages/datasets-coco/dist/index.js');
  const start = performance.now();
  const dataset = await readCoco({ annotations: file, images: '.', degenerate: 'drop' });
  const seconds = (performance.now() - start) / 1000;
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const boxes = dataset.images.reduce((n, image) => n + image.annotations.length, 0);
  const cpu = (userCPUTime + systemCPUTime) / 1e6;
  console.log(JSON.stringify({ seconds, cpu, peakMiB: maxRSS / 1024, images: dataset.images.length, boxes }));
}

function compare() {
  const folder = mkdtempSync(join(tmpdir(), 'sed-load-'));
  try {
    for (const points of values.points.split(',').map(Number)) {
      const file = join(folder, `points-${points}.json`);
      write(file, points);
      const megabytes = Math.round(statSync(file).size / 1e6);
      process.stderr.write(`${points} points an object: ${megabytes} MB\n`);
      const runs = { ours: [], pycocotools: [] };
      for (let round = 0; round < Number(values.rounds); round++) {
        runs.ours.push(child(process.execPath, [fileURLToPath(import.meta.url), '--one', file]));
        if (values.python !== '') {
          const script = fileURLToPath(new URL('load_pycocotools.py', import.meta.url));
          runs.pycocotools.push(child(values.python, [script, file]));
        }
      }
      for (const [name, list] of Object.entries(runs)) {
        if (list.length === 0) continue;
        const { images, boxes } = list[0];
        console.log(
          `${megabytes} MB  ${name.padEnd(12)} ${spread(list, 'seconds', 2)} s  ${spread(list, 'cpu', 2)} processor s  ` +
            `${spread(list, 'peakMiB', 0)} MiB  (${images} images, ${boxes} boxes)`,
        );
      }
      rmSync(file);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function child(program, args) {
  const out = execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return JSON.parse(out.trim().split('\n').at(-1));
}

/** Median (least to most). */
function spread(list, key, digits) {
  const sorted = list.map((run) => run[key]).sort((a, b) => a - b);
  const [low, middle, high] = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  return `${middle.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
}

/** In COCO's order of keys: images, annotations, categories. */
function write(file, points) {
  const handle = openSync(file, 'w');
  let text = '';
  const put = (more) => {
    text += more;
    if (text.length > 1 << 22) flush();
  };
  const flush = () => {
    writeSync(handle, text);
    text = '';
  };
  // a linear congruential generator: the file is the same each time
  let state = 1;
  const random = (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 32) * n;
  };
  const cents = (value) => Math.round(value * 100) / 100;
  put('{"info":{"description":"made up"},"licenses":[],"images":[');
  for (let i = 0; i < IMAGES; i++) {
    const name = `${String(i + 1).padStart(12, '0')}.jpg`;
    put(
      `${i === 0 ? '' : ','}{"license":3,"file_name":"${name}","coco_url":"http://images.example.org/train2017/${name}","height":480,` +
        `"width":640,"date_captured":"2013-11-14 11:18:45","flickr_url":"http://farm9.example.org/${name}","id":${i + 1}}`,
    );
  }
  put('],"annotations":[');
  for (let i = 0; i < BOXES; i++) {
    const [w, h] = [cents(1 + random(300)), cents(1 + random(200))];
    const [x, y] = [cents(random(639 - w)), cents(random(479 - h))];
    const corners = [];
    for (let k = 0; k < points; k++) corners.push(cents(x + random(w)), cents(y + random(h)));
    const segmentation = points === 0 ? '' : `"segmentation":[[${corners.join(',')}]],`;
    put(
      `${i === 0 ? '' : ','}{${segmentation}"area":${cents(w * h * 0.6)},"iscrowd":0,"image_id":${1 + Math.floor(random(IMAGES))},` +
        `"bbox":[${x},${y},${w},${h}],"category_id":${1 + Math.floor(random(CLASSES))},"id":${i + 1}}`,
    );
  }
  put('],"categories":[');
  for (let i = 0; i < CLASSES; i++) {
    put(`${i === 0 ? '' : ','}{"supercategory":"thing","id":${i + 1},"name":"class ${i + 1}"}`);
  }
  put(']}\n');
  flush();
  closeSync(handle);
}
