import { html } from './html.ts';

/**
 * The switch between the light and the dark page. What was chosen is remembered for the pages of one place; where the browser keeps
 * nothing (a file opened under some settings, private windows) the choice holds for the page.
 */

/** Runs in the head, before anything is drawn. */
export const THEME_BEFORE = `(()=>{try{const t=localStorage.getItem('sed-theme');if(t==='light'||t==='dark')document.documentElement.dataset.theme=t}catch{}})()`;

/** The button that {@link THEME_SCRIPT} brings to life; without a script there is none. */
export const THEME_BUTTON = html`<button type="button" id="theme" aria-pressed="false" hidden><span aria-hidden="true">◐</span> Dark</button>`;

/** Tells the page's other scripts by the event `themechange` on the document. */
export const THEME_SCRIPT = `(()=>{
const root=document.documentElement,button=document.getElementById('theme'),taste=matchMedia('(prefers-color-scheme: dark)');
const dark=()=>root.dataset.theme?root.dataset.theme==='dark':taste.matches;
const show=()=>{button.setAttribute('aria-pressed',String(dark()));document.dispatchEvent(new Event('themechange'))};
button.hidden=false;
button.addEventListener('click',()=>{root.dataset.theme=dark()?'light':'dark';try{localStorage.setItem('sed-theme',root.dataset.theme)}catch{}show()});
taste.addEventListener('change',show);
button.setAttribute('aria-pressed',String(dark()));
})()`;
