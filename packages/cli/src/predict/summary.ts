import type { Category, ProblemSummary } from '@sed/datasets-coco';
import { table } from '../ui/text.ts';
import type { BestScore } from './best-score.ts';

/** What `predict` did: its `--json`. */
export interface PredictSummary {
  readonly out: string;
  /** Images that were read. */
  readonly images: number;
  readonly unreadable?: readonly string[];
  /** Files that the images' paths name and that are no images to detect on. */
  readonly unused?: ProblemSummary;
  readonly detections: number;
  /** Lowest score kept. */
  readonly score: number;
  readonly bestScore?: BestScore;
  readonly scales?: readonly { readonly scale: number; readonly detections: number; readonly out: string }[];
  /** Class names by the category ids of the detections. */
  readonly categories: readonly Category[];
  /** What the ids mean, a file beside the detections. */
  readonly imageList: string;
  readonly drawn?: number;
  readonly folder?: string;
  readonly model: string;
  readonly backend: string;
}

/** Classes that the text lists. */
const LISTED = 10;

/**
 * @param suggest whether to say which score is best, where it is known: nobody has chosen one
 * @param ownIds whether the ids are of this command's making
 */
export function summaryText(
  summary: PredictSummary,
  { suggest, ownIds }: { suggest: boolean; ownIds: boolean },
): string {
  const { out, images, unreadable = [], detections, score, bestScore, scales = [], categories, imageList } = summary;
  const lines: string[] = [];
  if (scales.length > 0) {
    lines.push(
      table([
        ['short edge', 'detections', 'file'],
        ...scales.map((s) => [String(s.scale), String(s.detections), s.out]),
        ['merged', String(detections), out],
      ]),
      '',
    );
  }
  lines.push(
    `${detections.toLocaleString('en')} detections on ${images} images with a score of at least ${shortScore(score)} by ${summary.model}: ${out}`,
  );
  if (unreadable.length > 0)
    lines.push(
      `${unreadable.length} of ${images + unreadable.length} images could not be read and are left out, see above.`,
    );
  if (suggest && bestScore !== undefined) {
    const at = shortScore(bestScore.score);
    lines.push(
      `On the validation images of step ${bestScore.step} precision and recall together were best at ${at} (F1 ${bestScore.f1.toFixed(2)} at IoU 0.5): --score ${at}, or --score best.`,
    );
  }
  if (ownIds) {
    const shown = categories.slice(0, LISTED).map(({ id, name }) => `${id} ${name}`);
    lines.push(
      `category ids: ${shown.join(', ')}${categories.length > LISTED ? `, … (${categories.length}; all with --json)` : ''}`,
      `image ids by file name: ${imageList}`,
    );
  }
  if (summary.folder !== undefined) lines.push(`${summary.drawn} pictures: ${summary.folder}`);
  return lines.join('\n');
}

/** Two digits, more where two say nothing. */
const shortScore = (score: number): string => String(Number(score >= 0.01 ? score.toFixed(2) : score.toPrecision(2)));
