/**
 * A worker thread that decodes images and makes views. Loads no tfjs: its native addon cannot be loaded by a second
 * thread, and nothing here needs it. An entry point: it is started, never imported.
 */
import { createImageCache } from '@sed/datasets-coco/image';
import { parentPort, workerData } from 'node:worker_threads';
import { makeViews, type ViewOutcome } from './job.ts';
import { createLimit } from './limit.ts';
import type { Request, Response, WorkerSettings } from './messages.ts';

const port = parentPort!;
const { settings, cacheMegabytes, atOnce } = workerData as WorkerSettings;
const cache = createImageCache({ megabytes: cacheMegabytes });
const limited = createLimit(atOnce);
let closing = false;

port.on('message', (request: Request) => {
  if ('close' in request) {
    closing = true;
    port.close(); // the thread ends when the decoder has come back
  } else void answer(request.id, request.job);
});

async function answer(id: number, job: Extract<Request, { id: number }>['job']): Promise<void> {
  await limited(async () => {
    if (closing) return;
    let response: Response;
    try {
      response = { id, outcome: await makeViews(job, settings, cache.get) };
    } catch (error) {
      response = { id, error: (error as Error).message };
    }
    port.postMessage(response, 'outcome' in response ? memoryOf(response.outcome) : []);
  });
}

/**
 * The memory behind the views, each once: it is handed over, not copied. Decoded images stay here: no view shares
 * theirs.
 */
function memoryOf(outcome: ViewOutcome): ArrayBuffer[] {
  if (!outcome.ok) return [];
  const arrays = Object.values(outcome.views).flatMap((view) => Object.values(view) as unknown[]);
  return [...new Set(arrays.filter((v) => ArrayBuffer.isView(v)).map((v) => v.buffer as ArrayBuffer))];
}
