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
    const narrow = box.clientWidth < 420;
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
      padding: [10, narrow ? 14 : 22, 0, 0],
      cursor: { focus: { prox: 24 }, points: { size: 7 }, sync: chart.xLabel === 'iteration' ? { key: 'iteration' } : undefined, drag: { x: true, y: false } },
      focus: { alpha: 0.35 },
      scales: { x: { time: false, range: (u, low, high) => (zoomed(u, low, high) ? [low, high] : chart.xRange) }, y: { distr: chart.log ? 3 : 1, range: yRange } },
      axes: [
        { ...axis, label: chart.xLabel, labelSize: 18, size: 32, values: format },
        { ...axis, label: narrow ? undefined : chart.yLabel, labelSize: 18, size: narrow ? 48 : 52, values: chart.log ? logFormat : format },
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
    name(chart, variant, plot);
    plots.set(chart.id, { plot, box, variant });
  }
  // What a screen reader says instead of the picture; the legend is a table that it can read.
  function name(chart, variant, plot) {
    const { name: shown, series } = chart.variants[variant];
    const lines = series.map((s) => {
      const values = s.y.filter((v) => v != null);
      if (values.length === 0) return s.label + ': no value';
      return s.label + ': from ' + short(values[0]) + ' to ' + short(values[values.length - 1]) + ', lowest ' + short(Math.min(...values)) + ', highest ' + short(Math.max(...values));
    });
    const picture = plot.root.querySelector('.u-wrap');
    picture.setAttribute('role', 'img');
    picture.setAttribute('aria-label', chart.title + (shown === '' ? '' : ', ' + shown) + ', a line chart over ' + chart.xLabel + '. ' + lines.join('. ') + '.');
    // a line is hidden and shown by a click on its name, or by the keyboard
    plot.root.querySelectorAll('.u-legend .u-series:not(:first-child)').forEach((row, i) => {
      const label = row.querySelector('th');
      label.tabIndex = 0;
      label.setAttribute('role', 'button');
      const state = () => label.setAttribute('aria-pressed', String(plot.series[i + 1].show));
      state();
      label.addEventListener('click', () => setTimeout(state));
      label.addEventListener('keydown', (e) => {
        if (e.key !== 'Enter' && e.key !== ' ') return;
        e.preventDefault();
        label.click();
      });
    });
  }
  const redraw = () => charts.forEach((c) => draw(c, plots.get(c.id)?.variant ?? 0));
  redraw();
  for (const chart of charts) {
    const choice = [...document.querySelectorAll('[data-chart]')].find((e) => e.dataset.chart === chart.id);
    const buttons = choice ? choice.querySelectorAll('button') : [];
    buttons.forEach((button, i) => button.addEventListener('click', () => {
      buttons.forEach((b, j) => b.setAttribute('aria-pressed', String(i === j)));
      draw(chart, i);
    }));
  }
  let width = innerWidth;
  addEventListener('resize', () => {
    if (innerWidth === width) return;
    width = innerWidth;
    redraw();
  });
  document.addEventListener('themechange', redraw);

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
    for (const button of document.querySelectorAll('.pictures .zoom')) {
      button.addEventListener('click', () => {
        const picture = button.querySelector('.pic');
        const copy = picture.cloneNode(true);
        const view = picture.viewBox.baseVal;
        copy.style.setProperty('--ratio', view.width / view.height);
        const caption = document.createElement('b');
        caption.id = 'large-name';
        caption.textContent = picture.getAttribute('aria-label');
        dialog.querySelector('div').replaceChildren(caption, copy);
        dialog.showModal();
      });
    }
    dialog.querySelector('button').addEventListener('click', () => dialog.close());
    dialog.addEventListener('click', (e) => { if (e.target === dialog) dialog.close(); });
  }
})();
`;
