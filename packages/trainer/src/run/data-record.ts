/** `data.json` of a run folder: the {@link DataPrint} of what the run is trained on, one image a line. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { comparePrints } from '../data/compare-prints.ts';
import type { DataPrint, PartPrint } from '../data/fingerprint.ts';
import { writeWhole } from '../disk/durable.ts';

const FORMAT = 1;

const dataFile = (out: string): string => join(out, 'data.json');

/** The data of a run is not what it was, and the caller has not said that it may be. */
export class ChangedDataError extends Error {
  override readonly name = 'ChangedDataError';
  /** A sentence for each change. */
  readonly changes: readonly string[];
  /** What a program adds to the message: how its user says that the change is meant. */
  readonly advice = 'accept-changed-data';

  constructor(out: string, changes: readonly string[]) {
    super(
      [
        `The data of the run in ${out} has changed; going on with it would be neither the old run nor a new one:`,
        ...changes.map((change) => `  ${change}`),
        'Put the data back, or start a new run from this one\'s weights ("initFrom"), or say that the change is meant (acceptChangedData).',
      ].join('\n'),
    );
    this.changes = changes;
  }
}

/** Writes it, whole or not at all. */
export function writeDataRecord(out: string, print: DataPrint): void {
  writeWhole(dataFile(out), encode(print));
}

/** Undefined where an older version, or nobody, wrote it. @throws Error for a file that is no record */
export function readDataRecord(out: string): DataPrint | undefined {
  const path = dataFile(out);
  if (!existsSync(path)) return undefined;
  try {
    const { format, ...print } = JSON.parse(readFileSync(path, 'utf8')) as { format?: unknown } & Partial<DataPrint>;
    if (format !== FORMAT) throw new Error(`it has format ${JSON.stringify(format)}, this version reads ${FORMAT}`);
    for (const part of [print.labeled, print.validation, ...(print.unlabeled ? [print.unlabeled] : [])]) {
      const { images, classes } = part ?? {};
      const isPart =
        Array.isArray(images) && images.every(Array.isArray) && typeof classes === 'object' && classes !== null;
      if (!isPart) throw new Error('a part of it is missing');
    }
    return print as DataPrint;
  } catch (error) {
    throw new Error(
      `${path} cannot be used: ${(error as Error).message}. It says what the run was trained on; delete it to go on without that check.`,
    );
  }
}

/**
 * Whether a run may go on with the data that is there.
 * @param accept whether other images, boxes or files are meant
 * @returns sentences for the user
 * @throws ChangedDataError that names what has changed
 */
export function checkSameData(out: string, before: DataPrint, now: DataPrint, accept: boolean): string[] {
  const { changed, notes } = comparePrints(before, now);
  if (changed.length > 0 && !accept) throw new ChangedDataError(out, changed);
  return [...changed.map((change) => `Going on with changed data, as was asked: ${change}.`), ...notes];
}

function encode(print: DataPrint): string {
  const parts = Object.entries(print) as [string, PartPrint][];
  const part = ([name, { classes, images }]: [string, PartPrint]) =>
    `${JSON.stringify(name)}: {"classes": ${JSON.stringify(classes)}, "images": [\n${images.map((i) => JSON.stringify(i)).join(',\n')}\n]}`;
  return `{"format": ${FORMAT},\n${parts.map(part).join(',\n')}}\n`;
}
