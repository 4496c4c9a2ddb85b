/** JSON as a person types it: where it stops being JSON, by line and column. */
import { jsonErrorPosition } from '@sed/datasets-coco/json-error';
import { ConfigError } from './problems.ts';

/** Characters of the file that a message shows on each side. */
const NEAR = 20;

/** @throws ConfigError with line and column (in characters, from 1), what stands there, and what it probably is */
export function parseJsonText(text: string, source: string): unknown {
  const json = text.startsWith('\uFEFF') ? text.slice(1) : text;
  try {
    return JSON.parse(json) as unknown;
  } catch (error) {
    const at = jsonErrorPosition(json);
    // nothing is wrong with its syntax: what the engine says is all there is
    if (at < 0) throw new ConfigError(source, [`the config cannot be read: ${(error as Error).message}`]);
    throw new ConfigError(source, [explain(json, at)]);
  }
}

function explain(json: string, at: number): string {
  if (json.trim() === '') return 'the file is empty; a config is one JSON object';
  if (json.slice(at).trim() === '') {
    return `this is not JSON: it ends at ${placeAfter(json.trimEnd())}, before all of its brackets, braces and quotes are closed`;
  }
  const near = JSON.stringify(json.slice(Math.max(0, at - NEAR), at + NEAR));
  return `this is not JSON: unexpected text at ${placeAfter(json.slice(0, at))}, near ${near}${advice(json, at)}`;
}

function placeAfter(text: string): string {
  const lines = text.split('\n');
  return `line ${lines.length}, column ${[...lines.at(-1)!].length + 1}`;
}

function advice(json: string, at: number): string {
  const here = json.slice(at);
  const last = json.slice(0, at).trimEnd().at(-1);
  if (/^(?:\/[/*]|#)/.test(here)) return '; comments are not allowed: use "$comment"';
  if (/^[}\]]/.test(here) && last === ',') return '; take out the comma before it';
  if (here.startsWith('"') && last !== undefined && !',:[{'.includes(last)) return '; a comma is missing before it';
  if (/^[\n\r\t]/.test(here)) return '; a quote is not closed on its line';
  if (/^['‘’“”]/.test(here)) return '; JSON takes straight double quotes only';
  if (/^(?:True|False|None)\b/.test(here)) return "; that is Python's spelling: JSON has true, false and null";
  if (/^[A-Za-z_]\w*\s*:/.test(here)) return '; names stand in double quotes';
  return '';
}
