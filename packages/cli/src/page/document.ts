/** The frame of every page: one HTML text that needs no other file and no network, and runs no script but its own. */
import { createHash } from 'node:crypto';
import { html, htmlJson, joined, raw, type Html } from './html.ts';
import { THEME_BEFORE, THEME_SWITCH } from './scripts.generated.ts';
import { STYLE } from './style.ts';

export interface PageDocument {
  /** Plain text, in the browser's tab. */
  readonly title: string;
  /** The command that made it. */
  readonly generator: string;
  /** What it is, in a few words, and what it says, in a sentence: plain text. */
  readonly kicker: string;
  readonly headline: string;
  /** Style sheets beside the common one. */
  readonly styles?: readonly string[];
  /** All that follows the headline. */
  readonly body: Html;
  /** Plain text at the foot. */
  readonly foot: string;
  /** Data for the scripts, by id of the element that holds it as JSON. */
  readonly data?: Readonly<Record<string, object>>;
  /** Scripts of ours, after the body. */
  readonly scripts?: readonly string[];
}

/** A script brings it to life; without one the page has none. */
const THEME_BUTTON = html`<button type="button" id="theme" aria-pressed="false" hidden><span aria-hidden="true">◐</span> Dark</button>`;

/** The text of an HTML file. */
export function renderDocument(page: PageDocument): string {
  const scripts = [...(page.scripts ?? []), THEME_SWITCH].map(inScript);
  const before = inScript(THEME_BEFORE);
  const data = Object.entries(page.data ?? {}).map(
    ([id, value]) => html`<script type="application/json" id="${id}">${htmlJson(value)}</script>\n`,
  );
  const script = (text: string) => html`<script>${raw(text)}</script>`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy([before, ...scripts])}">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="generator" content="sed-cli ${page.generator}">
<title>${page.title}</title>
${script(before)}
<style>${raw([STYLE, ...(page.styles ?? [])].join('\n'))}</style>
</head>
<body>
<main>
<header><h1>${page.kicker}</h1>${THEME_BUTTON}
<p class="headline">${page.headline}</p></header>
${page.body}
<footer>${page.foot}</footer>
</main>
${data}${joined(scripts.map(script), '\n')}
</body>
</html>
`.toString();
}

/**
 * A script as it can stand in a page: the parser would make one line end of two kinds, and the sum would not be that of
 * the policy.
 */
function inScript(script: string): string {
  return script.replace(/\r\n?/g, '\n').replace(/<\/(?=script)/gi, '<\\/');
}

/**
 * Only the scripts of these very words run, nothing is fetched: what is in a run folder cannot act, should it ever get
 * into the page.
 */
function policy(scripts: readonly string[]): string {
  const sums = scripts.map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`);
  return `default-src 'none'; script-src ${sums.join(' ')}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'`;
}
