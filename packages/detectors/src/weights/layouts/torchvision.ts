/** torchvision's own names: nothing to change. */
import type { Layout } from './layout.ts';

export const torchvision: Layout = {
  name: 'torchvision',
  pattern: /backbone\.(?:body|fpn)\.|head\.(?:classification|regression)_head\.|rpn\.head\.|roi_heads\./,
  rename: () => (name) => name,
  convert: (_name, weight) => weight,
};
