/**
 * Recordings of several steps as means of a step: by op, by phase, by op and shape, and altogether. Keys are those of
 * the JSON.
 */
import type { Recording, Span } from './recorder.ts';
import { atLeast, GPUS } from './roofline.ts';

export interface OpRow {
  readonly op: string;
  readonly calls: number;
  readonly ms: number;
  /** Of the time of a step, 0 to 1. */
  readonly share: number;
  readonly gflop: number;
  readonly gflop_per_second: number;
  readonly mib_made: number;
  readonly mib_moved: number;
}

export interface ShapeRow extends OpRow {
  /** `[1,24,24,256] [3,3,256,256]` */
  readonly inputs: string;
}

export interface PhaseRow {
  readonly phase: string;
  /** Without the phases inside it: the sum over all phases is the step. */
  readonly ms: number;
  readonly share: number;
  readonly kernels: number;
  readonly kernel_ms: number;
  /** Between kernels and downloads: JavaScript, tfjs's bookkeeping and what this package computes on the host. */
  readonly javascript_ms: number;
  readonly gflop: number;
  readonly mib_made: number;
  /** Host round trips: values read back. */
  readonly downloads: number;
  readonly download_ms: number;
  readonly downloaded_kib: number;
  readonly uploads: number;
  readonly uploaded_kib: number;
}

/** Means of a step. */
export interface Totals extends Omit<PhaseRow, 'phase' | 'share'> {
  readonly mib_moved: number;
  /** Ops handed to TensorFlow that compute something: what a GPU would have to start. Absent on other backends. */
  readonly launches?: number;
  /** The most bytes of tensors at once, and in which phase. */
  readonly peak_tensor_mib: number;
  readonly peak_phase: string;
  /** The least milliseconds of a step's kernels on GPUs. */
  readonly roofline_ms: Readonly<Record<string, number>>;
}

export interface Summary {
  readonly steps: number;
  readonly totals: Totals;
  readonly phases: readonly PhaseRow[];
  readonly ops: readonly OpRow[];
  readonly shapes: readonly ShapeRow[];
}

const MIB = 2 ** 20;
const KIB = 1024;

class Sum {
  calls = 0;
  ms = 0;
  javascript = 0;
  flops = 0;
  made = 0;
  moved = 0;
  downloads = 0;
  waited = 0;
  read = 0;
  uploads = 0;
  uploaded = 0;
}

/** Adds recordings up, so that none has to be kept. */
export class Summarizer {
  readonly #phases = new Map<string, Sum>();
  readonly #ops = new Map<string, Sum>();
  readonly #shapes = new Map<string, Sum>();
  readonly #gpus = GPUS.map(() => 0);
  #steps = 0;
  #launches = 0;
  #peak = { bytes: 0, phase: '' };

  add({ spans, uploads }: Recording): void {
    this.#steps++;
    for (const span of spans) this.#addSpan(span);
    for (const { phase, bytes } of uploads) {
      const sum = at(this.#phases, phase);
      sum.uploads++;
      sum.uploaded += bytes;
    }
  }

  #addSpan(span: Span): void {
    if (span.allocated > this.#peak.bytes) this.#peak = { bytes: span.allocated, phase: span.phase };
    const phase = at(this.#phases, span.phase);
    if (span.kind === 'phase') {
      phase.javascript += span.duration - span.inside;
    } else if (span.kind === 'download') {
      phase.downloads++;
      phase.waited += span.duration;
      phase.read += span.made;
    } else if (!span.inKernel) {
      // what runs inside a kernel is its part
      const key = `${span.name}\n${span.inputs.map((shape) => `[${shape.join()}]`).join(' ')}`;
      for (const sum of [phase, at(this.#ops, span.name), at(this.#shapes, key)]) {
        sum.calls++;
        sum.ms += span.duration - span.waiting;
        sum.flops += span.flops;
        sum.made += span.made;
        sum.moved += span.moved;
      }
      this.#launches += span.dispatches;
      GPUS.forEach((gpu, i) => (this.#gpus[i]! += atLeast(gpu, span)));
    }
  }

  summary(): Summary {
    const n = this.#steps;
    const all = new Sum();
    for (const sum of this.#phases.values()) {
      for (const key of Object.keys(all) as (keyof Sum)[]) all[key] += sum[key];
    }
    const step = all.ms + all.javascript + all.waited;
    const opRow = (op: string, sum: Sum): OpRow => ({
      op,
      calls: round(sum.calls / n, 1),
      ms: round(sum.ms / n, 3),
      share: round(sum.ms / step, 4),
      gflop: round(sum.flops / n / 1e9, 4),
      gflop_per_second: sum.flops === 0 ? 0 : round(sum.flops / sum.ms / 1e6, 1),
      mib_made: round(sum.made / n / MIB, 3),
      mib_moved: round(sum.moved / n / MIB, 3),
    });
    const phaseNumbers = (sum: Sum): Omit<PhaseRow, 'phase' | 'share'> => ({
      ms: round((sum.ms + sum.javascript + sum.waited) / n, 3),
      kernels: round(sum.calls / n, 1),
      kernel_ms: round(sum.ms / n, 3),
      javascript_ms: round(sum.javascript / n, 3),
      gflop: round(sum.flops / n / 1e9, 4),
      mib_made: round(sum.made / n / MIB, 3),
      downloads: round(sum.downloads / n, 1),
      download_ms: round(sum.waited / n, 3),
      downloaded_kib: round(sum.read / n / KIB, 3),
      uploads: round(sum.uploads / n, 1),
      uploaded_kib: round(sum.uploaded / n / KIB, 3),
    });
    return {
      steps: n,
      totals: {
        ...phaseNumbers(all),
        mib_moved: round(all.moved / n / MIB, 3),
        ...(this.#launches > 0 ? { launches: round(this.#launches / n, 1) } : {}),
        peak_tensor_mib: round(this.#peak.bytes / MIB, 1),
        peak_phase: this.#peak.phase,
        roofline_ms: Object.fromEntries(GPUS.map(({ name }, i) => [name, round(this.#gpus[i]! / n, 3)])),
      },
      phases: sorted(
        [...this.#phases].map(([phase, sum]) => ({
          phase,
          share: round((sum.ms + sum.javascript + sum.waited) / step, 4),
          ...phaseNumbers(sum),
        })),
      ),
      ops: sorted([...this.#ops].map(([op, sum]) => opRow(op, sum))),
      shapes: sorted(
        [...this.#shapes].map(([key, sum]) => {
          const [op, inputs] = key.split('\n') as [string, string];
          return { ...opRow(op, sum), inputs };
        }),
      ),
    };
  }
}

function at(sums: Map<string, Sum>, key: string): Sum {
  let sum = sums.get(key);
  if (sum === undefined) sums.set(key, (sum = new Sum()));
  return sum;
}

const sorted = <T extends { ms: number }>(rows: T[]): T[] => rows.sort((a, b) => b.ms - a.ms);

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
