import type { AnyMethod } from './method.ts';
import { sed } from './sed/method.ts';
import { supervised } from './supervised/method.ts';

/** The methods of this package. A trainer is given these, or these and others. */
export const standardMethods: readonly AnyMethod[] = [supervised, sed];
