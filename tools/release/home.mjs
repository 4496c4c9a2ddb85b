/**
 * Writes the home of the project into every public package: `homepage`, `repository`, `bugs`, and the links in READMEs
 * to other pages of the repository. It stands in one place, the root's package.json, and until the packages are
 * published it is a placeholder under example.org, which belongs to nobody (RFC 2606).
 *
 *     node tools/release/home.mjs                         writes what the root's package.json says
 *     node tools/release/home.mjs https://host/owner/name takes another home, as GitHub lays it out, and writes it
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { home, publicPackages, root } from './packages.mjs';

const before = home();
const url = process.argv[2]?.replace(/\/$/, '');
if (url) {
  const path = join(root, 'package.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  manifest.homepage = `${url}/blob/main`;
  manifest.repository = { type: 'git', url: `git+${url}.git` };
  manifest.bugs = { url: `${url}/issues` };
  writeJson(path, manifest);
}
const { homepage, repository, bugs } = home();

for (const { folder } of publicPackages()) {
  const path = join(root, 'packages', folder, 'package.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  manifest.homepage = `${homepage}/packages/${folder}/README.md`;
  manifest.repository = { ...repository, directory: `packages/${folder}` };
  manifest.bugs = bugs;
  writeJson(path, manifest);
  for (const page of pagesUnder(join('packages', folder))) {
    const text = readFileSync(join(root, page), 'utf8');
    const linked = text.replace(/\]\((?!#|[a-z]+:)([^)]+)\)/g, (_, to) => `](${absolute(page, to)})`);
    writeFileSync(join(root, page), linked.replaceAll(`](${before.homepage}/`, `](${homepage}/`));
  }
}

/** The address of what a page links to by a relative path. */
function absolute(page, to) {
  const [path, anchor] = to.split('#');
  const target = posix.normalize(posix.join(posix.dirname(page), path));
  if (!existsSync(join(root, target))) throw new Error(`${page} links to ${to}, which is not there.`);
  return `${homepage}/${target}${anchor ? `#${anchor}` : ''}`;
}

function pagesUnder(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => path.endsWith('.md') && !/(^|[/\\])(node_modules|dist)[/\\]/.test(path));
}

function writeJson(path, value) {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}
