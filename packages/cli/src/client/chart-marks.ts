import type { Chart } from './chart.ts';

/** A chart with more pixels than this has room for the words of a mark; in a smaller one they would lie on the data. */
const ROOM_FOR_WORDS = 700;
/** Pixels of the longest words. */
const WORDS = 90;

/** Draws the vertical lines of a chart, with their words where there is room. */
export function drawMarks(plot: uPlot, marks: Chart['marks'], ink: string, width: number): void {
  const { ctx, bbox } = plot;
  const scale = devicePixelRatio;
  for (const { x: at, label } of marks) {
    const x = Math.round(plot.valToPos(at, 'x', true));
    const right = bbox.left + bbox.width;
    if (x < bbox.left || x > right) continue;
    ctx.save();
    ctx.strokeStyle = ink;
    ctx.setLineDash([2 * scale, 4 * scale]);
    ctx.lineWidth = scale;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    if (width >= ROOM_FOR_WORDS) {
      const isRoomRight = x + WORDS * scale < right;
      ctx.fillStyle = ink;
      ctx.font = `${11 * scale}px system-ui, "DejaVu Sans", sans-serif`;
      ctx.textAlign = isRoomRight ? 'left' : 'right';
      ctx.fillText(label, x + (isRoomRight ? 5 : -5) * scale, bbox.top + 12 * scale);
    }
    ctx.restore();
  }
}
