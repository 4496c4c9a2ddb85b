import { escapeHtml } from './html.ts';

/** A table that scrolls sideways on its own where the page is narrow, also by the keyboard. `label` is plain text. */
export function scrolling(label: string, table: string): string {
  return `<div class="scroll" role="region" tabindex="0" aria-label="${escapeHtml(label)}">${table}</div>`;
}

/** Text of settings and paths: it may break after dots, slashes and commas, and nowhere in a word. */
export function breakable(text: string): string {
  return escapeHtml(text).replace(/[./,_]/g, '$&<wbr>');
}
