/** A recording in the trace event format of Chrome: loads in https://ui.perfetto.dev and in chrome://tracing. */
import type { Recording, Span } from './recorder.ts';

const MIB = 2 ** 20;
const PROCESS = 1;
const THREAD = 1;

/** Times are in microseconds; spans that nest are drawn inside each other. */
export function chromeTrace({ spans }: Recording, about: Readonly<Record<string, unknown>>): object {
  const where = { pid: PROCESS, tid: THREAD };
  const named = (name: string, value: string): object => ({ ph: 'M', name, ...where, args: { name: value } });
  const end = (span: Span): number => span.begin + span.duration;
  const complete = (span: Span): object => ({
    ph: 'X',
    name: span.name,
    cat: span.kind,
    ...where,
    ts: 1000 * span.begin,
    dur: 1000 * span.duration,
    args: argsOf(span),
  });
  const memory = spans
    .filter((span) => span.kind === 'kernel')
    .sort((a, b) => end(a) - end(b))
    .map((span) => ({
      ph: 'C',
      name: 'tensors',
      ...where,
      ts: 1000 * end(span),
      args: { MiB: span.allocated / MIB },
    }));
  return {
    traceEvents: [
      named('process_name', 'sed-cli bench'),
      named('thread_name', 'JavaScript'),
      ...spans.map(complete),
      ...memory,
    ],
    displayTimeUnit: 'ms',
    otherData: about,
  };
}

function argsOf(span: Span): Record<string, unknown> {
  if (span.kind === 'phase') return {};
  const args: Record<string, unknown> = { phase: span.phase, bytes: span.made };
  if (span.kind === 'download') return args;
  const shapes = (list: Span['inputs']): string => list.map((shape) => `[${shape.join()}]`).join(' ');
  args['inputs'] = shapes(span.inputs);
  args['outputs'] = shapes(span.outputs);
  if (span.flops > 0) {
    args['GFLOP'] = span.flops / 1e9;
    args['GFLOP/s'] = span.flops / span.duration / 1e6;
  }
  if (span.dispatches > 0) args['TensorFlow ops'] = span.dispatches;
  return args;
}
