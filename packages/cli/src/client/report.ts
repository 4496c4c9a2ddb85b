/**
 * Script of the report: charts out of the JSON in the page, by uPlot, whose own script comes before; the slider of the
 * scores.
 */
import type { Chart } from './chart.ts';
import { startCharts } from './charts.ts';
import { byId } from './dom.ts';
import { startPictures } from './pictures.ts';

startCharts(JSON.parse(byId('charts', HTMLScriptElement).text) as Chart[]);
startPictures();
