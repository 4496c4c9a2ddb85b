import { classColor } from '../draw/palette.ts';
import { html, type Html } from './html.ts';

/** The colors of classes with their names, by class index. */
export function classLegend(shown: readonly number[], names: readonly string[]): Html[] {
  return shown.map(
    (k) =>
      html`<span class="key"><i class="swatch" style="background:${classColor(k)}"></i>${names[k] ?? String(k)}</span>`,
  );
}
