import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fg from 'fast-glob';

/** What a walk does not go into, and why. */
export interface PassedOver {
  readonly path: string;
  readonly why: 'a link to nothing' | 'a link to a folder that is read already' | 'a folder that may not be read';
}

/**
 * All files below a folder, links followed, hidden ones left out; absolute paths. fast-glob itself would go round a loop of
 * links until the system's limit, so it walks without following and each link is resolved here: a real folder is read once.
 */
export async function walkFolder(root: string, onPassed: (passed: PassedOver) => void = () => {}): Promise<string[]> {
  const files: string[] = [];
  const seen = new Set<string>();
  const queue = [root];
  for (let folder = queue.shift(); folder !== undefined; folder = queue.shift()) {
    const real = await realpath(folder);
    if (seen.has(real)) {
      onPassed({ path: folder, why: 'a link to a folder that is read already' });
      continue;
    }
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
    for (const { path, dirent } of entries) {
      if (!dirent.isDirectory()) continue;
      seen.add(join(real, path));
      const mayRead = await access(join(real, path), constants.R_OK | constants.X_OK).then(
        () => true,
        () => false,
      );
      if (!mayRead) onPassed({ path: join(folder, path), why: 'a folder that may not be read' });
    }
    for (const { path, dirent } of entries) {
      if (isBelow(before, real, path)) continue;
      const full = join(folder, path);
      if (dirent.isFile()) files.push(full);
      else if (dirent.isSymbolicLink()) {
        const target = await stat(full).catch(() => undefined);
        if (target?.isFile()) files.push(full);
        else if (target?.isDirectory()) queue.push(full);
        else if (target === undefined) onPassed({ path: full, why: 'a link to nothing' });
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
