/** Style of the charts that uPlot draws, on top of its own. */
export const CHART_STYLE = `
.uplot{font-family:inherit}
.uplot .u-legend{text-align:left;font-size:13px;line-height:1.35;width:100%;table-layout:auto;margin-top:2px}
.uplot .u-legend .u-series{cursor:pointer}
.uplot .u-legend th,.uplot .u-legend td{border:0;padding:1px 5px;color:var(--ink);font-weight:400;font-size:13px;text-align:left;overflow-wrap:anywhere}
.uplot .u-legend .u-marker{width:20px;height:0;border:0 solid;border-top-width:2px;margin-right:6px;background:none!important;border-radius:0}
.uplot .u-legend .u-series:first-child .u-marker{display:none}
.uplot .u-legend .u-value{font-variant-numeric:tabular-nums;min-width:5em;display:inline-block}
.u-inline tr{margin-right:6px}
.u-select{background:color-mix(in srgb,var(--accent) 15%,transparent)}
.u-cursor-x,.u-cursor-y{border-color:var(--soft)!important}
.u-legend .u-series th:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
`;
