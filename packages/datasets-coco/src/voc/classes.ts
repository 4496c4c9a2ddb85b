/** The classes of PASCAL VOC 2007 and 2012, in the order of the devkit (VOCinit.m). */
export const VOC_CLASSES: readonly string[] = [
  'aeroplane',
  'bicycle',
  'bird',
  'boat',
  'bottle',
  'bus',
  'car',
  'cat',
  'chair',
  'cow',
  'diningtable',
  'dog',
  'horse',
  'motorbike',
  'person',
  'pottedplant',
  'sheep',
  'sofa',
  'train',
  'tvmonitor',
];

/**
 * The class list of a VOC folder, which has none of its own: VOC's twenty where the folder is one of VOC's (`VOC2007`)
 * or all twenty occur, and nothing else does; otherwise the names that occur, sorted.
 */
export function classesOf(seen: ReadonlySet<string>, folders: readonly string[]): readonly string[] {
  const isVoc = folders.some((name) => /^VOC(?:19|20)\d\d/i.test(name)) || VOC_CLASSES.every((name) => seen.has(name));
  if (isVoc && seen.size > 0 && [...seen].every((name) => VOC_CLASSES.includes(name))) return VOC_CLASSES;
  return [...seen].sort((a, b) => (a < b ? -1 : 1));
}
