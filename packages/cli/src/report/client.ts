/**
 * The page's script: charts out of the JSON in the page with uPlot, the switch of the theme, the slider of the scores.
 * Plain JavaScript of 2022, no network, no state but what is on the screen.
 */
export const CLIENT = String.raw`
(() => {
  'use strict';
  const charts = JSON.parse(document.getElementById('charts').textContent);
  const dark = () => {
    const set = document.documentElement.dataset.theme;
    return set ? set === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  };
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const short = (v) => {
    if (v === 0) return '0';
    const m = Math.abs(v);
    if (m < 1e-4 || m >= 1e7) return v.toExponential(1).replace('e+', 'e');
    if (m >= 1000) return Math.round(v).toLocaleString('en');
    return String(Number(v.toPrecision(3)));
  };
  // 10,000 as 10k: the iterations of a long run must not run into each other.
  const tick = (v) => (v >= 1e6 ? short(v / 1e6) + 'M' : v >= 1e4 ? short(v / 1e3) + 'k' : short(v));

  const plots = new Map();
  function draw(chart, variant) {
    const box = document.getElementById('chart-' + chart.id);
    plots.get(chart.id)?.plot.destroy();
    const series = chart.variants[variant].series;
    const mode = dark() ? 1 : 0;
    const ink = css('--soft'), grid = css('--grid');
    const data = uPlot.join(series.map((s) => [s.x, s.y]));
    const lastAt = (values, idx) => { for (let i = idx; i >= 0; i--) if (values[i] != null) return values[i]; return null; };
    // Few points are marked: an evaluation is a measurement, the line between is not.
    const few = data[0].length <= 40;
    const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1, size: 4 }, font: '12px system-ui, "DejaVu Sans", sans-serif', labelFont: '12px system-ui, "DejaVu Sans", sans-serif' };
    const format = (u, splits) => splits.map((v) => (v == null ? '' : tick(v)));
    const logFormat = (u, splits) => splits.map((v) => (v == null || Math.abs(Math.log10(v) % 1) > 1e-6 ? '' : short(v)));
    const marks = {
      hooks: {
        draw: (u) => {
          const { ctx } = u;
          for (const m of chart.marks) {
            const x = Math.round(u.valToPos(m.x, 'x', true));
            if (x < u.bbox.left || x > u.bbox.left + u.bbox.width) continue;
            ctx.save();
            ctx.strokeStyle = ink; ctx.setLineDash([2, 4].map((v) => v * devicePixelRatio)); ctx.lineWidth = devicePixelRatio;
            ctx.beginPath(); ctx.moveTo(x, u.bbox.top); ctx.lineTo(x, u.bbox.top + u.bbox.height); ctx.stroke();
            if (box.clientWidth < 700) { ctx.restore(); continue; } // in a small chart the words would lie on the data
            ctx.fillStyle = ink; ctx.font = 11 * devicePixelRatio + 'px system-ui, "DejaVu Sans", sans-serif';
            const right = x + 90 * devicePixelRatio < u.bbox.left + u.bbox.width;
            ctx.textAlign = right ? 'left' : 'right';
            ctx.fillText(m.label, x + (right ? 5 : -5) * devicePixelRatio, u.bbox.top + 12 * devicePixelRatio);
            ctx.restore();
          }
        },
        // Without a pointer the legend shows the last values instead of dashes.
        setCursor: (u) => { if (u.cursor.idx == null) u.setLegend({ idx: u.data[0].length - 1 }, false); },
        ready: (u) => u.setLegend({ idx: u.data[0].length - 1 }, false),
      },
    };
    // uPlot asks for the range at first and after a double click with the ends of the data.
    const zoomed = (u, low, high) => low !== u.data[0][0] || high !== u.data[0][u.data[0].length - 1];
    const yRange = (u, low, high) => {
      if (low == null) return [0, 1];
      if (chart.log) return uPlot.rangeLog(low, high, 10, false);
      if (chart.top !== undefined) return [0, chart.top * 1.02];
      if (chart.fromZero) return [0, high > 0 ? high * 1.08 : 1];
      const pad = (high - low || Math.abs(high) || 1) * 0.08;
      return [low - pad, high + pad];
    };
    const options = {
      width: box.clientWidth, height: chart.id === 'ap' ? 340 : 230,
      padding: [10, 22, 0, 0],
      cursor: { focus: { prox: 24 }, points: { size: 7 }, sync: chart.xLabel === 'iteration' ? { key: 'iteration' } : undefined, drag: { x: true, y: false } },
      focus: { alpha: 0.35 },
      scales: { x: { time: false, range: (u, low, high) => (zoomed(u, low, high) ? [low, high] : chart.xRange) }, y: { distr: chart.log ? 3 : 1, range: yRange } },
      axes: [
        { ...axis, label: chart.xLabel, labelSize: 18, size: 32, values: format },
        { ...axis, label: chart.yLabel, labelSize: 18, size: 52, values: chart.log ? logFormat : format },
      ],
      series: [
        { label: chart.xLabel, value: (u, v) => (v == null ? '' : short(v)) },
        ...series.map((s) => ({
          label: s.label, stroke: s.color[mode], width: 2, dash: s.dash, spanGaps: true,
          points: { show: few, size: 5, fill: s.color[mode] },
          value: (u, v, i, idx) => {
            const at = v ?? (idx == null ? null : lastAt(u.data[i], idx));
            return at == null ? '–' : short(at);
          },
        })),
      ],
      plugins: [marks],
    };
    box.textContent = '';
    const plot = new uPlot(options, data, box);
    // uPlot's legend markers know no dashes.
    plot.root.querySelectorAll('.u-legend .u-series:not(:first-child) .u-marker').forEach((marker, i) => {
      marker.style.border = '0';
      marker.style.borderTop = '2.5px ' + (series[i].dash ? 'dashed ' : 'solid ') + series[i].color[mode];
    });
    plots.set(chart.id, { plot, box, variant });
  }
  const redraw = () => charts.forEach((c) => draw(c, plots.get(c.id)?.variant ?? 0));
  redraw();
  for (const chart of charts) {
    const buttons = document.querySelectorAll('[data-chart="' + chart.id + '"] button');
    buttons.forEach((button, i) => button.addEventListener('click', () => {
      buttons.forEach((b, j) => b.setAttribute('aria-pressed', String(i === j)));
      draw(chart, i);
    }));
  }
  let width = innerWidth;
  addEventListener('resize', () => {
    if (innerWidth === width) return;
    width = innerWidth;
    for (const { plot, box } of plots.values()) plot.setSize({ width: box.clientWidth, height: plot.height });
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  document.getElementById('theme').addEventListener('click', () => {
    document.documentElement.dataset.theme = dark() ? 'light' : 'dark';
    redraw();
  });

  const slider = document.getElementById('score');
  const count = () => {
    const least = Number(slider.value);
    document.getElementById('score-value').textContent = least.toFixed(2);
    for (const panel of document.querySelectorAll('.panel[data-objects]')) {
      let right = 0, wrong = 0;
      for (const g of panel.querySelectorAll('g[data-score]')) {
        const shown = Number(g.dataset.score) >= least;
        g.style.display = shown ? '' : 'none';
        if (shown) g.dataset.right === '1' ? right++ : wrong++;
      }
      panel.querySelector('.count').textContent = right + ' right, ' + wrong + ' wrong, ' + (Number(panel.dataset.objects) - right) + ' missed';
    }
  };
  if (slider) {
    slider.addEventListener('input', count);
    count();
    const dialog = document.getElementById('large');
    for (const picture of document.querySelectorAll('.pictures .pic')) {
      picture.tabIndex = 0;
      const open = () => {
        const target = dialog.querySelector('div');
        const copy = picture.cloneNode(true);
        const view = picture.viewBox.baseVal;
        copy.style.setProperty('--ratio', view.width / view.height);
        const caption = document.createElement('b');
        caption.textContent = picture.getAttribute('aria-label');
        target.replaceChildren(caption, copy);
        dialog.showModal();
      };
      picture.addEventListener('click', open);
      picture.addEventListener('keydown', (e) => { if (e.key === 'Enter') open(); });
    }
    dialog.querySelector('button').addEventListener('click', () => dialog.close());
    dialog.addEventListener('click', (e) => { if (e.target === dialog) dialog.close(); });
  }
})();
`;
