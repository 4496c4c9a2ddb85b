import { attributes, html, type Html } from './html.ts';
import { termsUsed } from './terms.ts';

/** A section of a page. */
export interface Section {
  /** What links lead to; a section without one has none. */
  readonly id?: string;
  readonly title: string;
  /** What is shown and how to read it; empty where the title says it. */
  readonly lead?: string;
  readonly content: Html;
  /** Where the words to explain are looked for; by default none are explained. */
  readonly explain?: 'title and lead' | 'all of it';
}

export function renderSection({ id, title, lead = '', content, explain }: Section): Html {
  const head = html`<h2>${title}</h2>${lead === '' ? '' : html`<p class="lead">${lead}</p>`}`;
  const words = explain && termsUsed(explain === 'all of it' ? html`${head}${content}` : head);
  return html`<section${attributes({ id })}>${head}${words}${content}</section>`;
}
