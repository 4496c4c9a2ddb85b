import { open, stat } from 'node:fs/promises';
import { Refused } from './refused.ts';

/** What a decoder's Error means for the file: its name, what is wrong with it and what to do. */
export async function explain(path: string, cause: unknown): Promise<Error> {
  // Of the file system, of sharp, or of our own decoders
  const failure = cause as NodeJS.ErrnoException;
  const error = (why: string) => new Error(`Cannot read the image ${path}: ${why}`, { cause });
  if (cause instanceof Refused) return error(cause.message);
  if (failure.code === 'ENOENT') return error('the file does not exist.');
  if (failure.code === 'EACCES' || failure.code === 'EPERM') return error('this user may not read it (permissions).');
  if (failure.code !== undefined) return error(`${failure.message}.`);
  // libvips says the same once for each time it tried
  const words = failure.message.split('\n').map((line) => line.replace(/\s+/g, ' ').trim());
  const said = [...new Set(words.filter((line) => line !== '' && !line.includes('bad seek')))].join(' ');
  const stats = await stat(path).catch((gone: Error) => gone);
  if (stats instanceof Error) return error(`${stats.message}.`);
  const cut = () => error(`it is cut off at ${stats.size} bytes; copy or download it again (sharp said: ${said}).`);
  // Before any of libvips's words: it keeps them for the whole process, and decoding many at once they can be about
  // another file.
  const end = await endOf(path, stats.size).catch(() => 'unknown' as const);
  if (end === 'missing') return cut();
  if (end === 'there') return error(`it is damaged inside; copy or download it again (sharp said: ${said}).`);
  const cutOff = /premature end|truncat|not enough|read error|unexpected end|end of (?:file|stream|image)/i.test(said);
  return cutOff ? cut() : error(`it is damaged, or of a kind that is not read; save it anew (sharp said: ${said}).`);
}

/**
 * Whether a file has its end: the mark of a JPEG, a PNG or a GIF near its end, the length that a WebP states; unknown
 * for other formats.
 */
export async function endOf(path: string, size: number): Promise<'there' | 'missing' | 'unknown'> {
  const [start, end] = await endsOf(path, size);
  const when = (found: boolean) => (found ? 'there' : 'missing');
  if (start.startsWith('\xff\xd8')) return when(end.includes('\xff\xd9'));
  if (start.startsWith('\x89PNG')) return when(end.includes('IEND'));
  if (start.startsWith('GIF8')) return when(end.includes(';'));
  if (start.startsWith('RIFF')) return when(Buffer.from(start, 'latin1').readUInt32LE(4) + 8 <= size);
  return 'unknown';
}

/** The first and the last bytes of a file. */
async function endsOf(path: string, size: number): Promise<[start: string, end: string]> {
  const file = await open(path);
  const piece = async (at: number) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, at);
    return buffer.toString('latin1', 0, bytesRead);
  };
  try {
    return [await piece(0), await piece(Math.max(0, size - 64))];
  } finally {
    await file.close();
  }
}
