import { createHash } from 'node:crypto';
import { renderDocument, type PageDocument } from './document.ts';
import { html } from './html.ts';
import { renderSection } from './section.ts';
import { termsUsed } from './terms.ts';

const HOSTILE = `</title></script><script>alert("1")</script>'\u0000\ud800`;

const page = (changes: Partial<PageDocument> = {}) =>
  renderDocument({
    title: HOSTILE,
    generator: 'test',
    kicker: HOSTILE,
    headline: HOSTILE,
    body: html`<p>${HOSTILE}</p>`,
    foot: HOSTILE,
    ...changes,
  });

const scriptsOf = (text: string) => [...text.matchAll(/<script>([^]*?)<\/script>/g)].map((m) => m[1]!);

const policyOf = (text: string) =>
  /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(text)![1]!.replaceAll('&#39;', "'");

test('a hostile text is text wherever it stands', () => {
  const text = page({ data: { numbers: { name: HOSTILE } } });
  const outside = text.replace(/<script[^]*?<\/script>|<style>[^]*?<\/style>/g, '');
  expect(outside).not.toMatch(/<script|alert\("/);
  expect(outside.match(/alert\(&#34;1&#34;\)/g)).toHaveLength(5);
  // the theme before and after, and the data
  expect(text.match(/<script/g)).toHaveLength(3);
  expect(text.match(/<title>/g)).toHaveLength(1);
  const json = /<script type="application\/json" id="numbers">([^]*?)<\/script>/.exec(text)![1]!;
  expect(JSON.parse(json)).toEqual({ name: HOSTILE });
});

test('the policy lets exactly the page’s own scripts run, whatever line ends and closing tags they have', () => {
  const text = page({ scripts: ['const a = "</script>";\r\nlet b;\r'] });
  const scripts = scriptsOf(text);
  expect(scripts).toHaveLength(3);
  expect(scripts[1]).toBe('const a = "<\\/script>";\nlet b;\n');
  const sums = scripts.map((script) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`);
  expect(policyOf(text)).toBe(
    `default-src 'none'; script-src ${sums.join(' ')}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'`,
  );
});

test('sections: with a place for links or without, with a lead or without, words explained where asked for', () => {
  const content = html`<p>AP50</p>`;
  expect(String(renderSection({ title: 'A & B', content }))).toBe('<section><h2>A &#38; B</h2><p>AP50</p></section>');
  expect(String(renderSection({ id: 'x', title: 'A', lead: 'α', content, explain: 'title and lead' }))).toMatch(
    /^<section id="x"><h2>A<\/h2><p class="lead">α<\/p><details class="terms"><summary>Words used here: α<\/summary>/,
  );
  expect(String(renderSection({ title: 'A', lead: 'α', content, explain: 'all of it' }))).toContain(
    'Words used here: AP50, AP75, α',
  );
});

test('no word is explained that stands in a tag or a style alone', () => {
  expect(termsUsed(html`<p title="AP"><style>.AP{}</style>plain</p>`)).toBeUndefined();
});
