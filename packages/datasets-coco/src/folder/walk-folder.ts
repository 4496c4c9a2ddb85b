import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What a walk does not take, and why. */
export interface PassedOver {
  readonly path: string;
  readonly why:
    | 'a link to nothing'
    | 'a link to a folder that is read already'
    | 'a folder that may not be read'
    | 'a hidden file'
    | 'a hidden folder'
    | 'a pipe, a socket or a device';
}

export interface WalkOptions {
  /** Gets what is not among the files: links to nothing, folders that cannot be read, hidden files, what is no file. */
  readonly onPassed?: (passed: PassedOver) => void;
  /** Takes names that begin with a dot as any others. Default false: they are passed over, a hidden folder as one. */
  readonly hidden?: boolean;
  /** Folders below the first that are gone into; default all. */
  readonly depth?: number;
}

interface Folder {
  /** As it is named in the result. */
  readonly path: string;
  /** Without links. */
  readonly real: string;
  readonly depth: number;
}

/**
 * All regular files below a folder, links followed; absolute paths. A real folder is read once, so a loop of links
 * ends. Folders are gone into before links to folders: a file has the path without links where it has one.
 */
export async function walkFolder(root: string, options: WalkOptions = {}): Promise<string[]> {
  const { onPassed = () => undefined, hidden = false, depth = Infinity } = options;
  const files: string[] = [];
  const seen = new Set<string>();
  const links: Folder[] = [];
  const read = async (start: Folder) => {
    const folders = [start];
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      if (seen.has(folder.real)) continue;
      seen.add(folder.real);
      const entries = await readdir(folder.path, { withFileTypes: true }).catch(() => undefined);
      if (entries === undefined) {
        onPassed({ path: folder.path, why: 'a folder that may not be read' });
        continue;
      }
      for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
        const path = join(folder.path, entry.name);
        if (!hidden && entry.name.startsWith('.')) {
          onPassed({ path, why: entry.isDirectory() ? 'a hidden folder' : 'a hidden file' });
        } else if (entry.isFile()) files.push(path);
        else if (entry.isDirectory()) {
          if (folder.depth < depth)
            folders.push({ path, real: join(folder.real, entry.name), depth: folder.depth + 1 });
        } else if (entry.isSymbolicLink()) {
          const target = await stat(path).catch(() => undefined);
          if (target === undefined) onPassed({ path, why: 'a link to nothing' });
          else if (target.isFile()) files.push(path);
          else if (!target.isDirectory()) onPassed({ path, why: 'a pipe, a socket or a device' });
          else if (folder.depth < depth) links.push({ path, real: await realpath(path), depth: folder.depth + 1 });
        } else onPassed({ path, why: 'a pipe, a socket or a device' });
      }
    }
  };
  await read({ path: root, real: await realpath(root), depth: 0 });
  for (let link = links.shift(); link !== undefined; link = links.shift()) {
    if (seen.has(link.real)) onPassed({ path: link.path, why: 'a link to a folder that is read already' });
    else await read(link);
  }
  return files;
}
