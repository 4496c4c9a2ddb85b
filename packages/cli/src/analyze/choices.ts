import type { DataPart } from '@sed/trainer/data';
import type { SourceChoices } from '../sources/source-options.ts';

/** Options of the analyses; those that one of them lacks are undefined there. */
export interface AnalyzeChoices extends SourceChoices {
  readonly run: string;
  readonly checkpoint?: string;
  readonly model?: string;
  readonly compare?: string;
  readonly part?: DataPart;
  readonly count: number;
  readonly seed?: number;
  readonly name?: string;
  readonly batch?: number;
  readonly shift: number;
  readonly bins: number;
  readonly out: string;
  readonly json?: boolean;
}
