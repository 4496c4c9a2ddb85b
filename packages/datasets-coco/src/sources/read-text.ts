import { open } from 'node:fs/promises';

/**
 * A text file, decoded strictly. What is larger than any file of its kind is not read: a path that leads to a film or
 * an archive costs no memory.
 *
 * @param limit largest size in bytes
 * @throws Error whose message says what is wrong, without the file's name: it goes into a problem that has the name
 */
export async function readText(file: string, limit: number): Promise<string> {
  const handle = await open(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw new Error('the file does not exist', { cause: error });
    throw new Error(`the file cannot be read: ${error.message}`, { cause: error });
  });
  try {
    const stats = await handle.stat();
    if (stats.isDirectory()) throw new Error('this is a folder, a file is needed');
    if (!stats.isFile()) throw new Error('this is no regular file');
    if (stats.size > limit) {
      throw new Error(`the file has ${stats.size} bytes, more than ${limit / 2 ** 20} MiB: it is something else`);
    }
    return decode(await handle.readFile());
  } finally {
    await handle.close();
  }
}

function decode(bytes: Buffer): string {
  if (bytes.subarray(0, 7).toString('latin1') === 'version' && bytes.includes('git-lfs')) {
    throw new Error("this is a git-lfs pointer, not the file itself: run 'git lfs pull' where it comes from");
  }
  const utf16 =
    bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : '';
  const declared = /^\s*<\?xml[^>]*\sencoding\s*=\s*["']([\w.:-]+)["']/.exec(
    bytes.subarray(0, 200).toString('latin1'),
  )?.[1];
  const encoding = utf16 || declared || 'utf-8';
  try {
    // A BOM is left out by the decoder.
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Error(
      cause instanceof RangeError ? `its encoding ${encoding} is not known` : `these bytes are no ${encoding} text`,
      { cause },
    );
  }
}
