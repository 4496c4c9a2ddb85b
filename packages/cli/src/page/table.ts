import { attributes, html, type Html } from './html.ts';

/** A table that scrolls sideways on its own where the page is narrow, also by the keyboard. */
export function scrolling(label: string, table: Html): Html {
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${label}">${table}</div>`;
}

/** Text of settings and paths: it may break after dots, slashes and commas, and nowhere in a word. */
export function breakable(text: string): Html {
  const parts = text.split(/(?<=[./,_])/);
  return html`${parts.map((part) => (/[./,_]$/.test(part) ? html`${part}<wbr>` : part))}`;
}

/** Names and what they stand for, side by side. */
export function definitions(pairs: readonly (readonly [string | Html, string])[], className?: string): Html {
  return html`<dl${attributes({ class: className })}>${pairs.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}
