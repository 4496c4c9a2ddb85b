import { extname } from 'node:path';
import { READS_HEIC } from '../image/vips.ts';

/** Extensions of the image files that are looked for in folders. What such a file is, its content says. */
export const IMAGE_EXTENSIONS: readonly string[] = [
  ...['jpg', 'jpeg', 'jpe', 'jfif', 'mpo', 'png', 'apng', 'webp', 'tif', 'tiff', 'gif', 'avif', 'bmp', 'dib'],
  ...(READS_HEIC ? ['heic', 'heif'] : []),
];

/** Whether a file is looked at as an image, by its name, in either case. */
export const isImageName = (path: string): boolean => IMAGE_EXTENSIONS.includes(extensionOf(path));

/** Whether a file is one of XML by its name, in either case. */
export const isXml = (path: string): boolean => extensionOf(path) === 'xml';

const RAW = 'a raw file of a camera';
const OTHERS: Readonly<Record<string, readonly string[]>> = {
  'a HEIC picture': ['heic', 'heif', 'hif'],
  'a JPEG 2000 picture': ['jp2', 'j2k', 'jpf', 'jpx', 'jpm', 'j2c', 'jpc'],
  'a JPEG XL picture': ['jxl'],
  'a JPEG XR picture': ['jxr', 'wdp', 'hdp'],
  [RAW]: ['dng', 'cr2', 'cr3', 'nef', 'arw', 'orf', 'rw2', 'raf', 'pef', 'srw', 'raw'],
  'an SVG drawing': ['svg', 'svgz'],
  'a Photoshop document': ['psd', 'psb'],
  'a picture of floating-point values': ['pfm', 'exr', 'hdr'],
  'a Netpbm picture': ['pbm', 'pgm', 'ppm', 'pnm'],
  'a PDF document': ['pdf'],
  'a Windows icon': ['ico', 'cur'],
  'a Targa picture': ['tga'],
  'a DICOM file': ['dcm', 'dicom'],
  'a FITS file': ['fits', 'fit'],
  'an ECW or MrSID picture': ['ecw', 'sid'],
  "a file in libvips' own format": ['vips'],
};
const NAMES = new Map(
  Object.entries(OTHERS).flatMap(([name, extensions]) => extensions.map((e) => [e, name] as const)),
);

/**
 * What a picture is, by its name, whose format is not read; undefined for images that are read and for all other files.
 */
export const otherPicture = (path: string): string | undefined =>
  isImageName(path) ? undefined : NAMES.get(extensionOf(path));

const extensionOf = (path: string) => extname(path).slice(1).toLowerCase();
