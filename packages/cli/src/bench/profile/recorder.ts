/**
 * What happens in a step, as it happens: phases, kernels and downloads, each with its time. Times are in milliseconds.
 */

export interface Span {
  readonly kind: 'phase' | 'kernel' | 'download';
  readonly name: string;
  /** The innermost phase it is in; a phase's own name. */
  readonly phase: string;
  /** Whether it is inside a kernel, whose part it is. */
  readonly inKernel: boolean;
  /** From the begin of the recording. */
  readonly begin: number;
  duration: number;
  /** The part of `duration` in the spans directly inside. */
  inside: number;
  /** Kernels: the part of `duration` in downloads. */
  waiting: number;
  /** Kernels: bytes of the tensors made; downloads: bytes read. */
  made: number;
  /** Kernels: bytes of what was made and of all inputs: what must go through memory at least. */
  moved: number;
  /** Kernels not inside another: operations of convolutions and matrix products; a multiply and an add are two. */
  flops: number;
  /** Kernels: ops handed to TensorFlow that compute something, and those that pass a tensor on. 0 on other backends. */
  dispatches: number;
  passedOn: number;
  /** Bytes of all tensors when it ended. */
  allocated: number;
  inputs: readonly (readonly number[])[];
  outputs: readonly (readonly number[])[];
}

/** Values handed over to the backend. */
export interface Upload {
  readonly phase: string;
  readonly bytes: number;
}

export interface Recording {
  /** In the order in which they began; the first is the whole, a phase. */
  readonly spans: readonly Span[];
  readonly uploads: readonly Upload[];
}

/** What is in no phase. */
export const NO_PHASE = 'outside of phases';

const NONE: readonly (readonly number[])[] = [];

/** Collects spans, which nest. It records from its making on, until `finish`. */
export class Recorder {
  readonly #spans: Span[] = [];
  readonly #uploads: Upload[] = [];
  readonly #stack: Span[] = [];
  readonly #started = performance.now();

  constructor() {
    this.begin('phase', NO_PHASE);
  }

  begin(kind: Span['kind'], name: string): Span {
    const around = this.#stack.at(-1);
    const span: Span = {
      kind,
      name,
      phase: kind === 'phase' ? name : (around?.phase ?? NO_PHASE),
      inKernel: around !== undefined && (around.kind === 'kernel' || around.inKernel),
      begin: performance.now() - this.#started,
      duration: 0,
      inside: 0,
      waiting: 0,
      made: 0,
      moved: 0,
      flops: 0,
      dispatches: 0,
      passedOn: 0,
      allocated: 0,
      inputs: NONE,
      outputs: NONE,
    };
    this.#spans.push(span);
    this.#stack.push(span);
    return span;
  }

  /** Ends the innermost span. */
  end(): void {
    const span = this.#stack.pop()!;
    span.duration = performance.now() - this.#started - span.begin;
    const around = this.#stack.at(-1);
    if (around !== undefined) around.inside += span.duration;
    if (span.kind !== 'download') return;
    for (const open of this.#stack) if (open.kind === 'kernel') open.waiting += span.duration;
  }

  upload(bytes: number): void {
    this.#uploads.push({ phase: this.#stack.at(-1)?.phase ?? NO_PHASE, bytes });
  }

  /** An op of TensorFlow runs for the kernel that runs now. */
  dispatch(computes: boolean): void {
    for (const open of this.#stack) if (open.kind === 'kernel') open[computes ? 'dispatches' : 'passedOn']++;
  }

  finish(): Recording {
    while (this.#stack.length > 0) this.end();
    return { spans: this.#spans, uploads: this.#uploads };
  }
}
