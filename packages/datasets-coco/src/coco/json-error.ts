/**
 * Where a text stops being JSON: the index of the first character that cannot be, the text's length where it is only
 * cut off, or -1 where it is whole. JSON.parse words its position differently in each version of Node, and often leaves
 * it out.
 */
export function jsonErrorPosition(text: string): number {
  const value = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)/y;
  const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
  const stack: ('{' | '[')[] = [];
  let at = 0;
  let expect: 'value' | 'value or ]' | 'key' | 'key or }' | 'separator' = 'value';
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) at += match[0].length;
    return match !== null;
  };
  for (;;) {
    while (at < text.length && ' \t\n\r'.includes(text.charAt(at))) at++;
    if (at >= text.length) return stack.length === 0 && expect === 'separator' ? -1 : text.length;
    const c = text.charAt(at);
    if (expect === 'separator') {
      const inside = stack.at(-1);
      if (inside === undefined) return at;
      if (c === ',') expect = inside === '{' ? 'key' : 'value';
      else if (c === (inside === '{' ? '}' : ']')) stack.pop();
      else return at;
      at++;
    } else if (expect === 'key' || expect === 'key or }') {
      if (c === '}' && expect === 'key or }') {
        stack.pop();
        at++;
        expect = 'separator';
        continue;
      }
      if (c !== '"') return at;
      if (!take(string)) return brokenString(text, at);
      while (at < text.length && ' \t\n\r'.includes(text.charAt(at))) at++;
      if (at >= text.length) return text.length;
      if (text.charAt(at) !== ':') return at;
      at++;
      expect = 'value';
    } else if (c === ']' && expect === 'value or ]') {
      stack.pop();
      at++;
      expect = 'separator';
    } else if (c === '{' || c === '[') {
      stack.push(c);
      at++;
      expect = c === '{' ? 'key or }' : 'value or ]';
    } else if (c === '"') {
      if (!take(string)) return brokenString(text, at);
      expect = 'separator';
    } else {
      const from = at;
      const taken = take(value);
      if (at < text.length && text.length - from < 400 && isPrefixOfValue(text.slice(from))) return text.length;
      if (!taken) return from;
      expect = 'separator';
    }
  }
}

function brokenString(text: string, from: number): number {
  for (let i = from + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20) return i;
    if (code === 0x5c) {
      const escape = /^\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.exec(text.slice(i, i + 6));
      if (!escape) return /^\\(?:u[0-9a-fA-F]{0,3})?$/.test(text.slice(i, i + 6)) ? text.length : i;
      i += escape[0].length - 1;
    }
  }
  return text.length;
}

/** Whether a text that ends here could have become a literal or a number. */
function isPrefixOfValue(rest: string): boolean {
  if (/^-?(?:(?:0|[1-9]\d*)(?:\.\d*)?(?:(?<=\d)[eE][+-]?\d*)?)?$/.test(rest)) return true;
  return ['true', 'false', 'null'].some((word) => word.startsWith(rest));
}
