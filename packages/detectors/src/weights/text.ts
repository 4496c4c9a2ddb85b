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
