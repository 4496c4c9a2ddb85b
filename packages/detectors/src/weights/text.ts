/** UTF-8, which browsers and Node have in common but TypeScript's `es2022` library does not list. */
declare class TextEncoder {
  encode(text: string): Uint8Array;
}
declare class TextDecoder {
  constructor(label: string, options: { fatal: boolean });
  decode(bytes: Uint8Array): string;
}

export const encodeUtf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** @throws TypeError where the bytes are not UTF-8 */
export const decodeUtf8 = (bytes: Uint8Array): string => new TextDecoder('utf-8', { fatal: true }).decode(bytes);

/** One byte a character, in parts: a call takes a limited number of arguments. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}

/** Text of a file for a message: what a file calls a name may be as long as the file. */
export const shorten = (text: string, most = 100): string =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text;
