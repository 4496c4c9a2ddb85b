/**
 * One bench at several sizes and batches, each in a process of its own, as peak memory is a process's. How the cost
 * grows.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Context } from '../context.ts';
import { createTalk } from '../ui/console.ts';
import { table } from '../ui/text.ts';

/** What of a result the table shows. */
export interface GridResult {
  readonly size: number;
  /** Images of a step or a forward pass. */
  readonly images: number;
  readonly ms: number;
  readonly peak_rss_mib: number;
  /** With `--count`. */
  readonly gflop?: number;
  readonly mib_moved?: number;
  readonly launches?: number;
  readonly downloads?: number;
}

/** Runs `sed-cli` with some words in a process of its own; gives the JSON it printed. */
export type Measure = (argv: readonly string[]) => Promise<Record<string, unknown>>;

/** @param signal stops the process */
function inProcess(context: Context, signal: AbortSignal): Measure {
  const program = fileURLToPath(new URL('../../bin/sed-cli.mjs', import.meta.url));
  return (argv) =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [program, ...argv, '--json'], {
        cwd: context.io.cwd,
        env: context.io.env,
        signal,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const [out, err]: [string[], string[]] = [[], []];
      child.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => err.push(text));
      child.on('error', reject);
      child.on('close', (code) => {
        if (code === 0) resolve(JSON.parse(out.join('')) as Record<string, unknown>);
        else reject(new Error(`sed-cli ${argv.join(' ')} ended with ${code}:\n${err.join('').trim()}`));
      });
    });
}

/** Measures each of `points` in turn and prints the table, or with `json` all results. */
export async function benchGrid(
  points: readonly (readonly string[])[],
  options: {
    readonly json?: boolean;
    readonly title: string;
    readonly read: (result: Record<string, unknown>) => GridResult;
  },
  context: Context,
  measure?: Measure,
): Promise<void> {
  const talk = createTalk(context.io);
  const abort = new AbortController();
  const stopListening = context.io.onInterrupt(() => abort.abort(new Error('Stopped.')));
  const run = measure ?? inProcess(context, abort.signal);
  const runs: Record<string, unknown>[] = [];
  try {
    for (const [i, argv] of points.entries()) {
      talk.status(`${i + 1} of ${points.length}: ${argv.join(' ')}`);
      runs.push(await run(argv));
    }
  } finally {
    stopListening();
    talk.clear();
  }
  if (options.json) context.json({ runs });
  else context.print(`${options.title}\n${growthTable(runs.map(options.read))}`);
}

/** Linear growth keeps the milliseconds a megapixel; the factors are to the first row. */
export function growthTable(rows: readonly GridResult[]): string {
  const first = rows[0]!;
  const pixels = ({ size, images }: GridResult): number => size * size * images;
  const counted = rows.every(({ gflop }) => gflop !== undefined);
  const head = ['size', 'images', 'ms', 'ms a megapixel', 'pixels ×', 'ms ×', 'peak MiB'];
  return table([
    [...head, ...(counted ? ['GFLOP', 'MiB moved', 'launches', 'round trips'] : [])],
    ...rows.map((row) => [
      String(row.size),
      String(row.images),
      row.ms.toFixed(1),
      ((1e6 * row.ms) / pixels(row)).toFixed(0),
      (pixels(row) / pixels(first)).toFixed(2),
      (row.ms / first.ms).toFixed(2),
      String(row.peak_rss_mib),
      ...(counted
        ? [row.gflop!.toFixed(1), row.mib_moved!.toFixed(0), String(row.launches ?? ''), String(row.downloads)]
        : []),
    ]),
  ]);
}

/** The count's columns out of a result with `--count`. */
export function countsOf(result: Record<string, unknown>): Partial<GridResult> {
  const counts = result['counts'] as Record<string, number> | undefined;
  if (counts === undefined) return {};
  const { gflop, mib_moved, downloads, kernels, launches } = counts;
  return { gflop: gflop!, mib_moved: mib_moved!, downloads: downloads!, launches: launches ?? kernels! };
}
