/**
 * The markup of every page and figure. What is put into a template is text and gets escaped, except what is a template
 * itself: no page puts strings of markup together, so that no text from a data set or a run folder can become an
 * element or an attribute.
 */

/** Markup that is safe as it stands. Only this module makes it: an object read from a file is never taken for one. */
export class Html {
  readonly #markup: string;
  /** What a template may put in: content between tags, or attributes within one. */
  readonly kind: 'content' | 'attributes';

  private constructor(markup: string, kind: Html['kind']) {
    this.#markup = markup;
    this.kind = kind;
  }

  /** For this module; others take {@link html}, {@link attributes} or {@link raw}. */
  static create(markup: string, kind: Html['kind']): Html {
    return new Html(markup, kind);
  }

  toString(): string {
    return this.#markup;
  }
}

/** What a template takes: text and numbers, markup, lists of these, and nothing. */
export type HtmlValue = string | number | Html | undefined | readonly HtmlValue[];

/**
 * Markup of a template: text between tags and in attributes is escaped, nested templates and lists of them stand as
 * they are, undefined is nothing. Attributes have quotes.
 * @throws TypeError where a value stands in a place that escaping cannot make safe: as the name or unquoted value of an
 * attribute, or as text in a script or a style sheet; and where a template ends within a tag
 */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const places = placesOf(parts);
  let markup = parts[0]!;
  values.forEach((value, i) => {
    markup += rendered(value, places[i]!) + parts[i + 1]!;
  });
  return Html.create(markup, 'content');
}

/**
 * Attributes with a blank before each, for a place within a tag: `html\`<td${attributes({ class: name })}>\``. One that
 * is undefined is left out.
 */
export function attributes(values: Readonly<Record<string, string | number | undefined>>): Html {
  const pairs = Object.entries(values).flatMap(([name, value]) => {
    if (!/^[a-z][a-z-]*$/i.test(name)) throw new TypeError(`"${name}" is no name of an attribute.`);
    return value === undefined ? [] : [` ${name}="${escaped(String(value))}"`];
  });
  return Html.create(pairs.join(''), 'attributes');
}

/** Markup, a style sheet or a script of our own, never of anybody else's words. */
export function raw(markup: string): Html {
  return Html.create(markup, 'content');
}

/**
 * A value as JSON for the content of `<script type="application/json">`: nothing in it can end that element or begin a
 * comment.
 */
export function htmlJson(value: object): Html {
  return raw(
    JSON.stringify(value).replace(/[<\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
}

/** Markup with something between the parts. */
export function joined(parts: readonly HtmlValue[], between: HtmlValue): HtmlValue[] {
  return parts.flatMap((part, i) => (i === 0 ? [part] : [between, part]));
}

/** Where a value stands: between tags, among the attributes, in quotes, or in a script or style sheet. */
type Place = 'text' | 'tag' | 'quoted' | 'raw text';

function rendered(value: HtmlValue, place: Place): string {
  if (value === undefined) return '';
  if (value instanceof Html) {
    const wanted = place === 'tag' ? 'attributes' : 'content';
    if (place === 'quoted' || value.kind !== wanted)
      throw new TypeError(
        `html: ${value.kind === 'content' ? 'markup' : 'attributes'} cannot stand in ${NAMES[place]}.`,
      );
    return value.toString();
  }
  if (typeof value === 'object') return value.map((one) => rendered(one, place)).join('');
  if (place === 'tag' || place === 'raw text') throw new TypeError(`html: text cannot stand in ${NAMES[place]}.`);
  return escaped(String(value));
}

const NAMES: Readonly<Record<Place, string>> = {
  text: 'text',
  tag: 'a tag outside of quotes',
  quoted: 'the value of an attribute',
  'raw text': 'a script or a style sheet',
};

/**
 * Controls that no parser of HTML or XML takes, halves of surrogate pairs, and what is no character. Tabs and line ends
 * are fine.
 */
const UNFIT = /(?![\t\n\r])\p{Cc}|\p{Cs}|[\ufffe\uffff]/gu;

function escaped(text: string): string {
  return text.replace(UNFIT, '\ufffd').replace(/[&<>"'`]/g, (c) => `&#${c.charCodeAt(0)};`);
}

const known = new WeakMap<TemplateStringsArray, readonly Place[]>();

function placesOf(parts: TemplateStringsArray): readonly Place[] {
  const before = known.get(parts);
  if (before !== undefined) return before;
  const scanner = createScanner();
  const places = parts.map((part) => scanner(part));
  if (places.at(-1) !== 'text')
    throw new TypeError(`html: the template ends in ${NAMES[places.at(-1)!]}: ${parts.join('…')}`);
  known.set(parts, places);
  return places;
}

/** Reads a template part by part and says in which place each part ends. */
function createScanner(): (part: string) => Place {
  let place: Place = 'text';
  let quote = '';
  /** Name of the tag that is being read, and of the script or style element that has begun. */
  let name = '';
  return (part) => {
    let i = 0;
    while (i < part.length) {
      const rest = part.slice(i);
      if (place === 'text') {
        const tag = /^<([a-z][a-z\d]*|[/!])/i.exec(rest);
        if (tag) {
          place = 'tag';
          name = tag[1]!.toLowerCase();
        }
      } else if (place === 'tag') {
        if (rest[0] === '"' || rest[0] === "'") {
          place = 'quoted';
          quote = rest[0];
        } else if (rest[0] === '>') place = name === 'script' || name === 'style' ? 'raw text' : 'text';
      } else if (place === 'quoted') {
        if (rest[0] === quote) place = 'tag';
      } else if (rest.toLowerCase().startsWith(`</${name}`)) {
        place = 'tag';
        name = '/';
      }
      i++;
    }
    return place;
  };
}
