/** Whose names a file of weights has, and how they and the values become torchvision's. */
import type { StateTensor } from '../state-dict.ts';

export type LayoutName = 'torchvision' | 'mmdetection' | 'detectron2';

export interface Layout {
  readonly name: LayoutName;
  /** Found at the start of a name, or after a dot, of this library. */
  readonly pattern: RegExp;
  /**
   * torchvision's name for each, undefined for what torchvision has no name for; out of all names without their prefix.
   */
  rename(names: readonly string[]): (name: string) => string | undefined;
  /** The values as torchvision orders them, under torchvision's name. */
  convert(name: string, weight: StateTensor): StateTensor;
}
