import { realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fg from 'fast-glob';

/**
 * All files below a folder, links followed, hidden ones left out; absolute paths. fast-glob itself would go round a loop of
 * links until the system's limit, so it walks without following and each link is resolved here: a real folder is read once.
 */
export async function walkFolder(root: string): Promise<string[]> {
  const files: string[] = [];
  const seen = new Set<string>();
  const queue = [root];
  for (let folder = queue.shift(); folder !== undefined; folder = queue.shift()) {
    const real = await realpath(folder);
    if (seen.has(real)) continue;
    const entries = await fg('**/*', {
      cwd: folder,
      onlyFiles: false,
      objectMode: true,
      followSymbolicLinks: false,
      suppressErrors: true,
    });
    entries.sort((a, b) => (a.path < b.path ? -1 : 1));
    // Folders below `folder` that an earlier link already led to.
    const before = new Set(seen);
    seen.add(real);
    for (const { path, dirent } of entries) if (dirent.isDirectory()) seen.add(join(real, path));
    for (const { path, dirent } of entries) {
      if (isBelow(before, real, path)) continue;
      const full = join(folder, path);
      if (dirent.isFile()) files.push(full);
      else if (dirent.isSymbolicLink()) {
        const target = await stat(full).catch(() => undefined);
        if (target?.isFile()) files.push(full);
        else if (target?.isDirectory()) queue.push(full);
      }
    }
  }
  return files;
}

function isBelow(seen: ReadonlySet<string>, real: string, path: string): boolean {
  if (seen.size === 0) return false;
  for (let parent = dirname(join(real, path)); parent.length > real.length; parent = dirname(parent)) {
    if (seen.has(parent)) return true;
  }
  return false;
}
