import { verifySplit } from '@sed/datasets-coco/split';
import type { Context } from '../context.ts';

/** `sed-cli split --verify`. */
export async function verifyCommand(
  options: {
    readonly verify: string;
    readonly source?: string;
    readonly supervision?: string;
    readonly json?: boolean;
  },
  context: Context,
): Promise<void> {
  const result = await verifySplit({
    file: context.path(options.verify),
    ...(options.source === undefined ? {} : { source: context.path(options.source) }),
    ...(options.supervision === undefined ? {} : { supervision: context.path(options.supervision) }),
  });
  if (!result.ok) context.exit(1);
  if (options.json) {
    context.json(result);
    return;
  }
  const { record, set, images, sha256, expected, derived } = result;
  const lines = [
    record.description,
    sha256 === expected
      ? `ok: the ${images} ${set} images have the hash of the record, ${sha256}`
      : `WRONG: the ${images} ${set} images have the hash ${sha256}, the record says ${expected} (${record[set]?.images} images)`,
  ];
  if (derived !== undefined) {
    lines.push(
      derived === record.labeled.sha256
        ? 'ok: drawn again from the source, the labeled images are the same'
        : `WRONG: drawn again from the source, the labeled images have the hash ${derived}: another source, or another order of its images`,
    );
  }
  context.print(lines.join('\n'));
}
