/** How often a text is in another one. */
export function occurrences(text, part) {
  return text.split(part).length - 1;
}
