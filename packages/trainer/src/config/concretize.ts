import { isObject } from '../is-object.ts';

/**
 * Turns a schema with unions into one without, for one given value: of each union the member that the value means is
 * taken. Without unions the validator can fill defaults everywhere, and its errors speak of the member that was meant.
 */
export interface JsonSchema {
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  anyOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema | JsonSchema[];
  default?: unknown;
  additionalProperties?: boolean;
  [key: string]: unknown;
}

/** Elements of a list whose members differ: sources of data. */
const MOST_MEMBERS = 200;

export function concretize(schema: JsonSchema, value: unknown): JsonSchema {
  const found = value === undefined ? schema.default : value;
  if (schema.anyOf) {
    const chosen = concretize(choose(schema.anyOf, found), found);
    return schema.default === undefined ? chosen : { ...chosen, default: structuredClone(schema.default) };
  }
  if (schema.properties) {
    const fields = isObject(found) ? found : {};
    const entries = Object.entries(schema.properties).map(([name, s]) => [name, concretize(s, fields[name])] as const);
    return { ...schema, properties: Object.fromEntries(entries) };
  }
  const { items } = schema;
  // each element of a list means its own member; the validator is compiled for every one of them, which for thousands
  // takes forever
  if (items && !Array.isArray(items) && items.anyOf && Array.isArray(found) && found.length > MOST_MEMBERS) {
    return { ...schema, maxItems: MOST_MEMBERS, items: {} };
  }
  if (items && !Array.isArray(items) && items.anyOf && Array.isArray(found) && found.length > 0) {
    return { ...schema, items: found.map((element: unknown) => concretize(items, element)) };
  }
  return schema;
}

function choose(members: JsonSchema[], value: unknown): JsonSchema {
  if (members.every((m) => m.const !== undefined)) return { enum: members.map((m) => m.const) };
  const objects = members.filter((m) => m.properties);
  if (isObject(value) && objects.length === 1) return objects[0]!;
  if (isObject(value) && objects.length > 1) return meant(objects, value);
  if (objects.length === members.length) return { type: 'object' };
  const literal = members.filter((m) => m.const !== undefined);
  const type = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
  const byType = members.find(
    (m) => m.const === undefined && (m.type === type || (m.type === 'integer' && type === 'number')),
  );
  if (byType) return byType;
  if (literal.length > 0 && type === 'string') return { enum: literal.map((m) => m.const) };
  return { type: [...new Set(members.map((m) => (m.const === undefined ? String(m.type) : typeof m.const)))] };
}

/** Settings that tell members apart, in the order in which they do. */
const DISCRIMINATORS = ['kind', 'compat'];

/** The member that the discriminators in `value` name; a schema that asks for the right one where they name none. */
function meant(objects: JsonSchema[], value: Record<string, unknown>): JsonSchema {
  const constOf = (m: JsonSchema, key: string) => m.properties![key]?.const;
  const keys = DISCRIMINATORS.filter((key) => objects.some((m) => constOf(m, key) !== undefined));
  if (keys.length === 0) return nearest(objects, Object.keys(value));
  let left = objects;
  for (const key of keys) {
    const given = value[key];
    // left out, it means the member that has none, or whose own is the default
    const fits = left.filter((m) =>
      given === undefined ? !isNamed(m, key) || m.properties![key]!.default !== undefined : constOf(m, key) === given,
    );
    if (fits.length === 0) {
      const known = [...new Set(left.map((m) => constOf(m, key)).filter((v) => v !== undefined))];
      if (known.length === 0) continue; // not a setting of this member, which will say so
      return { type: 'object', properties: { [key]: { enum: known } }, required: [key] };
    }
    left = fits;
  }
  return left[0]!;
}

function isNamed(member: JsonSchema, key: string): boolean {
  return member.properties![key]?.const !== undefined;
}

/**
 * Members without a `kind` are told apart by their keys: the one that has most of them, and of two the one that lacks
 * fewest.
 */
function nearest(members: JsonSchema[], keys: string[]): JsonSchema {
  const score = (m: JsonSchema): number => {
    const known = keys.filter((key) => Object.hasOwn(m.properties!, key)).length;
    const missing = (m.required ?? []).filter((key) => !keys.includes(key)).length;
    return known - missing / 100;
  };
  return members.reduce((best, m) => (score(m) > score(best) ? m : best));
}
