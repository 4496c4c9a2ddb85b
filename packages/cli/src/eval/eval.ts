import { evaluateFiles } from '@sed/datasets-coco';
import type { Context } from '../context.ts';
import { metricsText } from '../ui/metrics-text.ts';

/** `sed-cli eval`. */
export async function evalCommand(
  options: { readonly annotations: string; readonly detections: string; readonly json?: boolean },
  context: Context,
): Promise<void> {
  const { metrics } = await evaluateFiles(context.path(options.annotations), context.path(options.detections));
  if (options.json) context.json(metrics);
  else context.print(metricsText(metrics));
}
