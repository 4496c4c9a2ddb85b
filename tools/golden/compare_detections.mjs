/**
 * Two files of COCO results about the same images, detection by detection:
 * `node tools/golden/compare_detections.mjs EXPECTED FOUND`. A detection has its like where image and class agree, the
 * score within 1e-4 and each edge within 0.05 pixel. Exit 1 where one has none.
 */
import { readFileSync } from 'node:fs';

const SCORE = 1e-4;
const EDGE = 0.05;
const [expected, found] = process.argv.slice(2).map((path) => JSON.parse(readFileSync(path, 'utf8')));
const edges = ({ bbox: [x, y, w, h] }) => [x, y, x + w, y + h];
const apart = (a, b) => Math.max(...edges(a).map((v, i) => Math.abs(v - edges(b)[i])));

const left = new Set(found);
let [worstScore, worstEdge, unmatched] = [0, 0, 0];
for (const e of expected) {
  const likes = [...left].filter(
    (f) => f.image_id === e.image_id && f.category_id === e.category_id && Math.abs(f.score - e.score) <= SCORE,
  );
  const best = likes.sort((a, b) => apart(a, e) - apart(b, e))[0];
  if (!best || apart(best, e) > EDGE) {
    unmatched++;
    if (unmatched <= 5) process.stdout.write(`no like of ${JSON.stringify(e)}\n`);
    continue;
  }
  left.delete(best);
  worstScore = Math.max(worstScore, Math.abs(best.score - e.score));
  worstEdge = Math.max(worstEdge, apart(best, e));
}
process.stdout.write(
  `${expected.length} expected, ${found.length} found, ${unmatched} without a like, ${left.size} too many; ` +
    `scores within ${worstScore.toExponential(1)}, edges within ${worstEdge.toFixed(4)} pixel\n`,
);
process.exitCode = unmatched + left.size > 0 ? 1 : 0;
