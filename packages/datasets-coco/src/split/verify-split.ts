import { readJson } from '../coco/read-json.ts';
import { hashIds } from './ids-hash.ts';
import { planAny } from './plan-any.ts';
import { planCocoStandard, type CocoStandardVariant } from './plan-coco-standard.ts';
import { readRawCoco } from './raw-coco.ts';
import type { SplitIds, SplitRecord, SplitSet } from './split-record.ts';

/** Result of {@link verifySplit}. */
export interface SplitVerification {
  readonly record: SplitRecord;
  /** The set whose ids were in the file. */
  readonly set: 'labeled' | 'unlabeled' | 'validation';
  readonly images: number;
  /** Hash of the ids in the file. */
  readonly sha256: string;
  /** What the record says it is. */
  readonly expected: string;
  /** Hash of the labeled ids drawn again from the source; undefined where none was given. */
  readonly derived?: string;
  /** All hashes that are known agree. */
  readonly ok: boolean;
}

/**
 * Hashes the ids of a file that {@link writeSplit} wrote (a COCO file or the file of ids) and compares with its record.
 * With `source` (and `supervision`, where the protocol needs it) the split is also drawn again from it.
 */
export async function verifySplit(options: {
  file: string;
  source?: string;
  supervision?: string;
}): Promise<SplitVerification> {
  const { file, source } = options;
  const { record, set, ids } = await readSplit(file);
  const sha256 = hashIds(ids);
  const expected = (record[set] as SplitSet).sha256;
  const derived = source === undefined ? undefined : (await derive(record, source, options.supervision)).sha256;
  const ok = sha256 === expected && (derived === undefined || derived === record.labeled.sha256);
  return { record, set, images: ids.length, sha256, expected, ...(derived === undefined ? {} : { derived }), ok };
}

async function readSplit(file: string): Promise<{
  record: SplitRecord;
  set: SplitVerification['set'];
  ids: readonly number[];
}> {
  // A file of ids is small; a COCO file may not be, and is scanned.
  const raw = await readRawCoco(file).catch(() => undefined);
  if (raw === undefined) {
    const json = await readJson(file);
    if (!isRecord(json) || !Array.isArray((json as SplitIds).labeledIds)) throw new Error(`${file} ${NO_RECORD}`);
    return { record: json, set: 'labeled', ids: (json as SplitIds).labeledIds };
  }
  const span = raw.keys.get('info');
  const info = span && (JSON.parse(raw.bytes.toString('utf8', span.start, span.end)) as { sed_split?: unknown } | null);
  const record = info?.sed_split;
  const set = (record as { part?: SplitVerification['set'] } | undefined)?.part;
  if (!isRecord(record) || set === undefined || record[set] === undefined) throw new Error(`${file} ${NO_RECORD}`);
  return { record, set, ids: raw.imageIds };
}

const NO_RECORD =
  'carries no split record: a file that a split wrote has it under info.sed_split, or is a file of ids (…-ids.json).';

const isRecord = (value: unknown): value is SplitRecord =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as SplitRecord).protocol === 'string' &&
  typeof (value as SplitRecord).labeled?.sha256 === 'string';

async function derive(record: SplitRecord, annotations: string, supervision?: string): Promise<SplitSet> {
  const { protocol, percent, fold, seed } = record;
  if (protocol === 'coco-standard' && percent !== undefined && fold !== undefined) {
    const variant = record.variant as CocoStandardVariant;
    const plan = await planCocoStandard({
      annotations,
      percent,
      fold,
      variant,
      ...(variant === 'soft-teacher' && seed !== undefined ? { offset: seed - fold } : {}),
      ...(supervision === undefined ? {} : { supervision }),
    });
    return plan.record.labeled;
  }
  if (protocol === 'any' && seed !== undefined) {
    const stratified = record.variant === 'stratified';
    const amount = percent === undefined ? { count: record.labeled.images } : { percent };
    return (await planAny({ annotations, seed, stratified, ...amount })).record.labeled;
  }
  throw new Error(
    `Nothing is drawn in ${protocol}: verify it without a source, or write it again and compare the hashes.`,
  );
}
