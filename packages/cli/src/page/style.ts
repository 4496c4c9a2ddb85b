/** The page's style sheet. Colors are variables, so that the light and the dark page differ in one place. */
export const STYLE = `
:root{color-scheme:light;--bg:#f6f7f9;--card:#fff;--ink:#17202b;--soft:#5b6776;--line:#dde2e8;--grid:#e8ebef;--accent:#1f5fd0;--warn:#8a5300;--warn-bg:#fff4dd;--good:#0b7a5c}
@media (prefers-color-scheme:dark){:root:not([data-theme=light]){color-scheme:dark;--bg:#10151b;--card:#181f27;--ink:#e6ebf1;--soft:#97a4b3;--line:#2b3541;--grid:#232c36;--accent:#7aa8ff;--warn:#ffcf7d;--warn-bg:#33270f;--good:#4fd1a9}}
:root[data-theme=dark]{color-scheme:dark;--bg:#10151b;--card:#181f27;--ink:#e6ebf1;--soft:#97a4b3;--line:#2b3541;--grid:#232c36;--accent:#7aa8ff;--warn:#ffcf7d;--warn-bg:#33270f;--good:#4fd1a9}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;-webkit-text-size-adjust:100%}
main{max-width:1240px;margin:0 auto;padding:28px 20px 80px}
h1{font-size:15px;font-weight:600;color:var(--soft);margin:0}
.headline{font-size:27px;line-height:1.28;font-weight:600;letter-spacing:-.01em;margin:6px 0 12px;max-width:34em;text-wrap:balance;overflow-wrap:anywhere}
h2{font-size:19px;margin:44px 0 4px;letter-spacing:-.005em}
h3{font-size:15px;margin:18px 0 6px}
.lead{color:var(--soft);margin:2px 0 12px;max-width:96ch}
.notes{margin:0;padding-left:1.1em;color:var(--soft);max-width:88ch}
.notes li{margin:2px 0}
header{display:grid;grid-template-columns:minmax(0,1fr) auto;gap:0 16px;align-items:center}header .headline{grid-column:1/-1}
button{font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:7px;padding:3px 10px;cursor:pointer}
button:focus-visible,input:focus-visible,summary:focus-visible,a:focus-visible,.scroll:focus-visible,.wide-figure:focus-visible,.u-series th:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
nav{display:flex;flex-wrap:wrap;gap:4px 16px;margin-top:18px;font-size:14px}
nav a{color:var(--accent);text-decoration:none}nav a:hover{text-decoration:underline}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(250px,1fr));gap:12px;margin:22px 0 0}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:14px 16px;margin:0;min-width:0}
.tile{border-top:4px solid var(--c)}
.tile .big{font-size:32px;font-weight:650;line-height:1.15;font-variant-numeric:tabular-nums}
.tile .big small{font-size:15px;font-weight:500;color:var(--soft)}
.tile dl{display:grid;grid-template-columns:auto 1fr;gap:1px 12px;margin:8px 0 0;font-size:13.5px}
.tile dt{color:var(--soft)}.tile dd{margin:0;text-align:right;font-variant-numeric:tabular-nums}
.name{font-weight:600;overflow-wrap:anywhere}
.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:10px}
.wide-figure{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}
th,td{padding:6px 12px;text-align:right;border-bottom:1px solid var(--grid);white-space:nowrap}
th:first-child,td:first-child{text-align:left}tr:last-child td{border-bottom:0}
th{font-weight:600;color:var(--soft);font-size:13px}tbody th{font-weight:400;color:var(--ink);font-size:14px}
.which{text-align:left}
td.best{font-weight:700;color:var(--good)}
td.text,th.text{text-align:left;white-space:normal;overflow-wrap:break-word;min-width:11em;max-width:36em;vertical-align:top;font-family:ui-monospace,"SF Mono","DejaVu Sans Mono",monospace;font-size:13px}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,380px),1fr));gap:12px}
.charts.wide{grid-template-columns:1fr}
.charts.two{grid-template-columns:repeat(auto-fill,minmax(min(100%,480px),1fr))}
.charts.small{grid-template-columns:repeat(auto-fill,minmax(min(100%,280px),1fr))}
.chart-head,figcaption{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:baseline;gap:2px 10px;margin-bottom:4px}
.note{color:var(--soft);font-size:13px}
.switch{display:inline-flex;gap:4px}.switch button{padding:0 8px;font-size:13px;white-space:nowrap}
.switch button[aria-pressed=true]{background:var(--ink);color:var(--card);border-color:var(--ink)}
.plot{min-height:270px}
.bars{display:block;width:100%;height:auto;overflow:visible}
.bars text{font-size:11px;fill:var(--soft)}.bars .value{fill:var(--ink);font-size:10px}
.bars .grid{stroke:var(--grid)}.bars .bar{fill:var(--accent)}.bars .muted{fill:var(--soft);opacity:.55}
.swatch{display:inline-block;width:12px;height:12px;border-radius:3px;background:var(--accent);vertical-align:-1px;margin-right:5px}
.swatch.muted{background:var(--soft);opacity:.55}
.key{display:inline-block;max-width:100%;margin-left:10px;font-size:13.5px}
.chart-head,figcaption,.notes,.lead,.key,.terms,summary,.file{overflow-wrap:anywhere}
.controls{display:flex;flex-wrap:wrap;align-items:center;gap:4px 8px;margin:6px 0 10px;position:sticky;top:0;background:var(--bg);padding:6px 0;z-index:5}
.controls input{vertical-align:middle;accent-color:var(--accent)}
.pictures{display:grid;grid-template-columns:repeat(var(--n),minmax(200px,1fr));gap:8px;overflow-x:auto;margin-bottom:14px;padding-bottom:2px}
.pictures .file{grid-column:1/-1;margin:0;color:var(--soft);font-size:13px;position:sticky;left:0}
.panel{margin:0;min-width:0}.panel figcaption{font-size:13px;line-height:1.35;margin:0 0 4px;flex-direction:column;flex-wrap:nowrap;gap:0}.panel .count{min-height:1.35em}.panel b{font-weight:600}
.count{color:var(--soft)}
.zoom{display:block;width:100%;padding:0;border:0;border-radius:5px;background:none;cursor:zoom-in}
.pic{display:block;width:100%;background-size:100% 100%;border-radius:5px}
.pic rect{fill:none;stroke-width:1.8;vector-effect:non-scaling-stroke}
.pic rect.wrong{stroke-dasharray:4 3}
.pic text{display:none;font-weight:600;paint-order:stroke;stroke:#000b;stroke-width:.22em;stroke-linejoin:round;font-family:system-ui,"DejaVu Sans",sans-serif}
.pic g:hover text{display:block}
dialog{border:0;border-radius:10px;padding:14px;background:var(--card);color:var(--ink);max-width:96vw;max-height:96vh;width:1200px}
dialog::backdrop{background:#000a}
dialog>button{float:right;font-size:18px;line-height:1}
dialog .pic{cursor:default;max-height:84vh;width:auto;max-width:100%;margin:8px auto 0}
dialog .pic{width:min(100%,calc(84vh*var(--ratio,1.33)))}
dialog .pic text{display:block}dialog .pic rect{stroke-width:2.5}
abbr{text-decoration:underline dotted;text-underline-offset:2px;cursor:help}
#theme{flex:none;white-space:nowrap}
.terms{font-size:13.5px;padding:5px 14px;margin:6px 0 12px}.terms summary{font-weight:400;color:var(--soft)}
.terms dl{display:grid;grid-template-columns:minmax(7em,max-content) 1fr;gap:4px 16px;margin:8px 0 4px;max-width:96ch}.terms dt{font-weight:600}.terms dd{margin:0}
details{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:8px 14px;margin:8px 0}
summary{cursor:pointer;font-weight:600}
pre{overflow:auto;font:13px/1.45 ui-monospace,"SF Mono","DejaVu Sans Mono",monospace;margin:8px 0 2px;max-height:70vh}
.warnings{list-style:none;margin:0;padding:0}
.warnings li{background:var(--warn-bg);color:var(--warn);border-radius:8px;padding:7px 12px;margin:6px 0;overflow-wrap:anywhere}
.missing{color:var(--soft);font-style:italic}
footer{margin-top:48px;color:var(--soft);font-size:13px}
@media print{.controls,#theme,nav{display:none}.card,.scroll{break-inside:avoid}}
@media (max-width:640px){.headline{font-size:22px}main{padding:18px 14px 60px}.card{padding:12px 10px}.terms dl{grid-template-columns:1fr;gap:0}.terms dd{margin:0 0 8px}.controls{max-height:40vh;overflow:auto}}
`;
