/**
 * Why an image file is not decoded, in words for its user; the file's name is added by whoever was asked to read it.
 */
export class Refused extends Error {
  override readonly name = 'Refused';
}
