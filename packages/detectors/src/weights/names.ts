/** The names a parameter has in files: torchvision's today, those it had before 0.13, and a backbone's on its own. */

const BODY = 'backbone.body.';

/**
 * `[name today, name in older files]`: `conv.2.0.weight` was `conv.4.weight`, `inner_blocks.1.0.bias` was
 * `inner_blocks.1.bias`.
 */
const OLDER: readonly [RegExp, (...match: string[]) => string][] = [
  // head towers: ReLUs had an index of their own
  [
    /^(head\.(?:classification|regression)_head\.conv)\.(\d)\.0\.(weight|bias)$/,
    (_, conv, i, part) => `${conv}.${2 * Number(i)}.${part}`,
  ],
  [/^(backbone\.fpn\.(?:inner|layer)_blocks\.\d)\.0\.(weight|bias)$/, (_, block, part) => `${block}.${part}`],
  [/^rpn\.head\.conv\.0\.0\.(weight|bias)$/, (_, part) => `rpn.head.conv.${part}`],
];

/**
 * Where to look for a parameter, best first: its own name; the one that torchvision's older files have; for a parameter
 * of a backbone the one without `backbone.body.`, as in the files of classification models (`resnet50`,
 * `efficientnet-lite-pytorch`).
 */
export function namesInFiles(name: string): string[] {
  const names = [name];
  for (const [pattern, rename] of OLDER) {
    const match = pattern.exec(name);
    if (match) names.push(rename(...match));
  }
  if (name.startsWith(BODY)) names.push(name.slice(BODY.length));
  return names;
}
