/** Pieces that the schema of a config is made of: each brings its limits and its default. */
import { Type, type TObject, type TProperties } from '@sinclair/typebox';

/** An object that takes no other key, filled from the defaults of its keys where it is left out. */
export function section<T extends TProperties>(properties: T, options: Record<string, unknown> = {}): TObject<T> {
  return Type.Object(properties, { additionalProperties: false, default: {}, ...options });
}

/** An object that takes no other key and cannot be left out. */
export function required<T extends TProperties>(properties: T): TObject<T> {
  return Type.Object(properties, { additionalProperties: false });
}

export const positiveInteger = (value: number, options: Record<string, unknown> = {}) =>
  Type.Integer({ minimum: 1, default: value, ...options });
export const count = (value: number) => Type.Integer({ minimum: 0, default: value });
export const positive = (value: number) => Type.Number({ exclusiveMinimum: 0, default: value });
export const nonNegative = (value: number) => Type.Number({ minimum: 0, default: value });
export const fraction = (value: number) => Type.Number({ minimum: 0, maximum: 1, default: value });
export const range = (low: number, high: number) =>
  Type.Tuple([Type.Number({ exclusiveMinimum: 0 }), Type.Number({ exclusiveMinimum: 0 })], { default: [low, high] });
export const path = () => Type.String({ minLength: 1 });
export const paths = () => Type.Union([path(), Type.Array(path(), { minItems: 1 })]);
