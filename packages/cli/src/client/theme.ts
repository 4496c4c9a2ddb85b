/**
 * The light and the dark page. What was chosen is remembered for the pages of one place; where the browser keeps
 * nothing (a file opened under some settings, private windows) the choice holds for the page.
 */

export type Theme = 'light' | 'dark';

/** Of an event on the document: the page has changed its colors. */
export const THEME_CHANGE = 'themechange';

const KEY = 'sed-theme';

/** The reader's taste, where the page has no choice of its own. */
export const darkTaste = (): MediaQueryList => matchMedia('(prefers-color-scheme: dark)');

export function isDark(): boolean {
  const chosen = document.documentElement.dataset['theme'];
  return chosen === undefined ? darkTaste().matches : chosen === 'dark';
}

export function applyTheme(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme;
}

export function rememberedTheme(): Theme | undefined {
  try {
    const theme = localStorage.getItem(KEY);
    return theme === 'light' || theme === 'dark' ? theme : undefined;
  } catch {
    return undefined;
  }
}

export function rememberTheme(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // the choice holds for this page
  }
}

/** A variable of the style sheet, e.g. `--grid`. */
export function styleVariable(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
