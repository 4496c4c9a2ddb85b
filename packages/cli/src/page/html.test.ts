import fc from 'fast-check';
import { attributes, html, htmlJson, Html, joined, raw } from './html.ts';

const text = (value: unknown) => String(value);

/** What a browser reads out of the escapes that templates write. */
const decoded = (markup: string) =>
  markup.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));

describe('html', () => {
  test('text is escaped, templates and lists of them are not', () => {
    const items = ['<b>', "it's"].map((name) => html`<li>${name}</li>`);
    expect(text(html`<ul title="${'a "b" & c'}">${items}${undefined}${3}</ul>`)).toBe(
      '<ul title="a &#34;b&#34; &#38; c"><li>&#60;b&#62;</li><li>it&#39;s</li>3</ul>',
    );
  });

  test.each([
    '</script><script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '` onmouseover=alert(1) `',
    '<!--',
    ']]>',
    '&lt;',
    'javascript:alert(1)',
  ])('a hostile text stays text: %s', (hostile) => {
    const element = text(html`<p title="${hostile}">${hostile}</p>`);
    const [, inQuotes, between] = /^<p title="([^"<>'`]*)">([^"<>'`]*)<\/p>$/.exec(element)!;
    expect([inQuotes, between].map((part) => decoded(part!))).toEqual([hostile, hostile]);
  });

  test('any text comes back out of the escapes, but for what no parser takes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (given) => {
        const [, between] = /^<p>([^<>"']*)<\/p>$/.exec(text(html`<p>${given}</p>`))!;
        expect(decoded(between!).length).toBe(given.length);
        expect(between).not.toMatch(/(?![\t\n\r])\p{Cc}/u);
      }),
    );
  });

  test('control characters and halves of surrogate pairs become the replacement character', () => {
    expect(text(html`<p>${'a\0b\u001b[31mc\ud800d\uffffe\tf\n😀'}</p>`)).toBe(
      '<p>a\ufffdb\ufffd[31mc\ufffdd\ufffde\tf\n😀</p>',
    );
  });

  test('a value that escaping cannot make safe is refused', () => {
    expect(() => html`<p class=${'x'}></p>`).toThrow('text cannot stand in a tag outside of quotes');
    expect(() => html`<p ${'onclick'}="1"></p>`).toThrow('text cannot stand in a tag outside of quotes');
    expect(() => html`<script>const a = ${'1'};</script>`).toThrow('text cannot stand in a script or a style sheet');
    expect(() => html`<style>.a{color:${'red'}}</style>`).toThrow('text cannot stand in a script or a style sheet');
    expect(() => html`<p title="${html`<b></b>`}"></p>`).toThrow('markup cannot stand in the value of an attribute');
    expect(() => html`<p>${attributes({ id: 'a' })}</p>`).toThrow('attributes cannot stand in text');
    expect(() => html`<p title="${attributes({ id: 'a' })}"></p>`).toThrow('attributes cannot stand in the value');
    expect(() => html`<p title="`).toThrow('the template ends in the value of an attribute');
    expect(() => html`<script>let a;`).toThrow('the template ends in a script or a style sheet');
  });

  test('a place is found behind other tags, quotes and angle brackets', () => {
    expect(text(html`<p title='a > "${'b'}"'>1 < 2 ${'<'}</p><script>if (a < b) '"';</script>${'>'}`)).toBe(
      `<p title='a > "b"'>1 < 2 &#60;</p><script>if (a < b) '"';</script>&#62;`,
    );
    expect(text(html`<style>${raw('a>b{}')}</style>`)).toBe('<style>a>b{}</style>');
  });

  test('an object that looks like markup is not taken for it', () => {
    const forged = JSON.parse('{"kind":"content","markup":"<b>"}') as Html;
    expect(() => text(html`<p>${forged}</p>`)).toThrow(TypeError);
    expect(() => text(html`<p>${Object.create(Html.prototype) as Html}</p>`)).toThrow(TypeError);
  });
});

test('attributes: escaped, left out where undefined, with names of ours', () => {
  expect(text(html`<td${attributes({ class: 'a "b"', colspan: 2, id: undefined })}></td>`)).toBe(
    '<td class="a &#34;b&#34;" colspan="2"></td>',
  );
  expect(text(html`<td${attributes({})}></td>`)).toBe('<td></td>');
  expect(() => attributes({ 'a b': 1 })).toThrow('"a b" is no name of an attribute.');
});

test('htmlJson cannot end its element, and is the same value again', () => {
  const value = { a: '</script><script>alert(1)//<!--', b: ['\u2028\u2029', '\ud800', '\0'], '</x>': null };
  const json = text(htmlJson(value));
  expect(json).not.toMatch(/[<\u2028\u2029\0]/);
  expect(JSON.parse(json)).toEqual(value);
  expect(text(html`<script type="application/json">${htmlJson({ a: 1 })}</script>`)).toBe(
    '<script type="application/json">{"a":1}</script>',
  );
});

test('joined puts something between', () => {
  expect(text(html`${joined(['a', html`<b></b>`, '<'], html`<wbr>`)}`)).toBe('a<wbr><b></b><wbr>&#60;');
  expect(joined([], ', ')).toEqual([]);
});
