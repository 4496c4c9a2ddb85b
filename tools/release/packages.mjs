/** The packages that are published, and where the project is at home. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const read = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));

/** Of the root's package.json: `homepage` is what a path of the repository is appended to. */
export function home() {
  const { homepage, repository, bugs } = read('package.json');
  return { homepage, repository, bugs };
}

/** Folder and package.json of each public package, those that others depend on first. */
export function publicPackages() {
  const all = readdirSync(join(root, 'packages'))
    .map((folder) => ({ folder, manifest: read(join('packages', folder, 'package.json')) }))
    .filter(({ manifest }) => !manifest.private);
  const ordered = [];
  while (ordered.length < all.length) {
    const waits = ({ manifest }) =>
      Object.keys(manifest.dependencies ?? {}).some((name) => {
        const on = all.find((one) => one.manifest.name === name);
        return on !== undefined && !ordered.includes(on);
      });
    const next = all.find((one) => !ordered.includes(one) && !waits(one));
    if (next === undefined) throw new Error('The packages depend on each other in a circle.');
    ordered.push(next);
  }
  return ordered;
}
