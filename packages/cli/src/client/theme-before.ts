/** Script in the head: the remembered theme, before anything is drawn. */
import { applyTheme, rememberedTheme } from './theme.ts';

const theme = rememberedTheme();
if (theme) applyTheme(theme);
