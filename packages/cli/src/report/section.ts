import { escapeHtml } from '../page/html.ts';
import { termsUsed } from '../page/terms.ts';

/** A section of the page: what it shows (plain text), what the words in it mean, and its content (HTML). */
export function section(id: string, title: string, lead: string, content: string): string {
  const words = lead === '' ? '' : `<p class="lead">${escapeHtml(lead)}</p>`;
  const head = `<h2>${escapeHtml(title)}</h2>${words}`;
  return `<section id="${id}">${head}${termsUsed(head + content)}${content}</section>`;
}
