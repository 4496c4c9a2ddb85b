/** Script of every page: the button that changes the theme. Without a script the page has none. */
import { byId } from './dom.ts';
import { applyTheme, darkTaste, isDark, rememberTheme, THEME_CHANGE } from './theme.ts';

const button = byId('theme', HTMLButtonElement);

function showState(): void {
  button.setAttribute('aria-pressed', String(isDark()));
}

function announce(): void {
  showState();
  document.dispatchEvent(new Event(THEME_CHANGE));
}

button.addEventListener('click', () => {
  const theme = isDark() ? 'light' : 'dark';
  applyTheme(theme);
  rememberTheme(theme);
  announce();
});
darkTaste().addEventListener('change', announce);
button.hidden = false;
showState();
