/** Formats that are decoded here. */
export type RasterKind = 'jpeg' | 'png' | 'webp' | 'tiff' | 'gif' | 'avif' | 'heic' | 'bmp';

/** What a file is by its first bytes: a format that is read, or the name of what it is instead. */
export type FileKind = { readonly read: RasterKind } | { readonly other: string; readonly advice: string };

/** Bytes from the start of a file that {@link fileKind} needs. */
export const KIND_BYTES = 1024;

const CONVERT = 'convert it to PNG or JPEG';
const DOWNLOAD = 'a download or a copy went wrong';

const SIGNATURES: readonly (readonly [start: string, read: RasterKind])[] = [
  ['\xff\xd8\xff', 'jpeg'],
  ['\x89PNG\r\n\x1a\n', 'png'],
  ['GIF87a', 'gif'],
  ['GIF89a', 'gif'],
  ['BM', 'bmp'],
];

/** What else is found under the name of a picture. The order counts: the longer signature first. */
const OTHERS: readonly (readonly [start: string, name: string, advice?: string])[] = [
  ['\0\0\0\x0cjP  ', 'a JPEG 2000 picture'],
  ['\xff\x4f\xff\x51', 'a JPEG 2000 picture'],
  ['\0\0\0\x0cJXL ', 'a JPEG XL picture'],
  ['\xff\x0a', 'a JPEG XL picture'],
  ['II\xbc\x01', 'a JPEG XR picture'],
  ['\x08\xf2\xa6\xb6', "a file in libvips' own format"],
  ['\xb6\xa6\xf2\x08', "a file in libvips' own format"],
  ['8BPS', 'a Photoshop document'],
  ['\0\0\x01\0', 'a Windows icon'],
  ['\0\0\x02\0', 'a Windows cursor'],
  ['\x76\x2f\x31\x01', 'an OpenEXR picture'],
  ['#?RADIANCE', 'a Radiance HDR picture'],
  ['#?RGBE', 'a Radiance HDR picture'],
  ['SIMPLE  =', 'a FITS file'],
  ['DDS ', 'a DirectDraw surface'],
  ['qoif', 'a QOI picture'],
  ['gimp xcf', 'a GIMP document'],
  ['FUJIFILMCCD-RAW', 'a raw file of a camera'],
  ['IIU\0', 'a raw file of a camera'],
  ['IIRO', 'a raw file of a camera'],
  ['IIRS', 'a raw file of a camera'],
  ['MMOR', 'a raw file of a camera'],
  ['%PDF', 'a PDF document'],
  ['%!PS', 'a PostScript document'],
  ['\xc5\xd0\xd3\xc6', 'a PostScript document'],
  ['\x93NUMPY', 'a NumPy array'],
  ['\x89HDF', 'an HDF5 file'],
  ['PK\x03\x04', 'a ZIP archive', 'unpack it'],
  ['\x1f\x8b', 'a file compressed by gzip', 'unpack it'],
  ['7z\xbc\xaf', 'a 7z archive', 'unpack it'],
  ['Rar!', 'a RAR archive', 'unpack it'],
  ['\x7fELF', 'a program', DOWNLOAD],
  ['version https://git-lfs', 'a git-lfs pointer, not the image', "run 'git lfs pull' where it comes from"],
];

const BRANDS: readonly (readonly [brands: RegExp, kind: FileKind])[] = [
  [/^(avif|avis)$/, { read: 'avif' }],
  [/^(heic|heix|heim|heis|hevc|hevx|hevm|hevs)$/, { read: 'heic' }],
  [/^crx /, { other: 'a raw file of a camera', advice: CONVERT }],
  [/^(jp2|jpx|jpm|mjp2)/, { other: 'a JPEG 2000 picture', advice: CONVERT }],
  [/^(mif1|msf1)$/, { read: 'heic' }],
];

/**
 * What a file is, told by its content alone: a name may say anything. Only the formats of {@link RasterKind} are read,
 * so that no decoder is ever given a document that names other files (SVG, PDF), or a dump of memory (libvips' own
 * format).
 *
 * @param start the first {@link KIND_BYTES} bytes of the file, or all of a shorter one
 */
export function fileKind(start: Buffer): FileKind {
  const text = start.toString('latin1');
  const signature = SIGNATURES.find(([bytes]) => text.startsWith(bytes));
  if (signature !== undefined) return { read: signature[1] };
  if (text.startsWith('RIFF')) {
    if (text.slice(8, 12) === 'WEBP') return { read: 'webp' };
    return { other: text.slice(8, 12) === 'AVI ' ? 'a video' : 'a RIFF file', advice: 'save its frames as pictures' };
  }
  if (/^(?:II[*+]\0|MM\0[*+])/.test(text)) {
    return text.slice(8, 10) === 'CR' ? { other: 'a raw file of a camera', advice: CONVERT } : { read: 'tiff' };
  }
  if (text.slice(4, 8) === 'ftyp') return byBrands(start, text);
  const other = OTHERS.find(([bytes]) => text.startsWith(bytes));
  if (other !== undefined) return { other: other[1], advice: other[2] ?? CONVERT };
  if (text.slice(128, 132) === 'DICM') return { other: 'a DICOM file', advice: CONVERT };
  if (/^P[1-7]\s/.test(text)) return { other: 'a Netpbm picture (PGM, PPM, …)', advice: CONVERT };
  if (/^P[Ff]\s/.test(text)) return { other: 'a PFM picture of floating-point values', advice: CONVERT };
  return ofText(text);
}

/** ISO's base media format: the brands say whether it is a picture. */
function byBrands(start: Buffer, text: string): FileKind {
  const end = Math.min(start.readUInt32BE(0), text.length);
  const brands = [text.slice(8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(text.slice(at, at + 4));
  // The order of the table counts: mif1 says no more than that it is a picture.
  const known = BRANDS.find(([pattern]) => brands.some((brand) => pattern.test(brand)));
  return known?.[1] ?? { other: 'a video', advice: 'save its frames as pictures' };
}

function ofText(text: string): FileKind {
  if (/<svg[\s>]/i.test(text)) {
    return {
      other: 'an SVG drawing',
      advice: 'draw it to a PNG with a program that you trust: an SVG may name other files',
    };
  }
  if (/^[\s\xef\xbb\xbf]*<(?:!doctype html|html)/i.test(text)) {
    return { other: 'a web page, not an image', advice: 'a download went wrong' };
  }
  if (/^[\s\xef\xbb\xbf]*<\?xml/.test(text)) return { other: 'an XML file', advice: DOWNLOAD };
  return {
    other: 'no image, whatever its name says',
    advice: `it begins with ${JSON.stringify(text.slice(0, 16))}; ${DOWNLOAD}`,
  };
}
