/**
 * Packs every public package, as built, and writes beside the tarballs `order.txt`: their names, what others depend on
 * first.
 *
 *     node tools/release/pack.mjs FOLDER
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { publicPackages, root } from './packages.mjs';

const folder = process.argv[2] && resolve(process.argv[2]);
if (!folder) {
  process.stderr.write('usage: node tools/release/pack.mjs FOLDER\n');
  process.exit(2);
}
mkdirSync(folder, { recursive: true });
const names = [];
for (const { folder: name, manifest } of publicPackages()) {
  const from = join(root, 'packages', name);
  if (!existsSync(join(from, 'dist', 'index.js'))) throw new Error(`packages/${name} is not built: run "npx tsc -b".`);
  // pnpm, because it writes versions in the place of "workspace:" and "catalog:"
  const packed = execFileSync(
    join(root, 'node_modules', '.bin', 'pnpm'),
    ['pack', '--json', '--pack-destination', folder],
    { cwd: from, encoding: 'utf8' },
  );
  const { filename } = JSON.parse(packed);
  names.push(basename(filename));
  process.stderr.write(`${manifest.name}: ${basename(filename)}\n`);
}
writeFileSync(join(folder, 'order.txt'), `${names.join('\n')}\n`);
