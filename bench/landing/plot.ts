// The landing report as a plot: bars of speed in JSON.parse per scenario, whiskers over processes, the yardstick as a line at 1. SVG
// written by hand: no dependency for twenty rectangles.
import { DUCKDB, LANDING, PARQUET, ROW_WISE, WITH_EVENT } from './measure-scenario.ts';
import { type LandingReport, speedSpread } from './report.ts';

const BARS = [
  { path: PARQUET, color: '#1b6ca8' },
  { path: LANDING, color: '#5fa8d3' },
  { path: WITH_EVENT, color: '#bcd9ea' },
  { path: ROW_WISE, color: '#c98b5a' },
  { path: DUCKDB, color: '#d9c27e' },
];
const WIDTH = 900;
const LEFT = 230;
const TOP = 64;
const BAR = 14;
const GAP = 16;
const SPEED_MAX = 1.6;

/** An SVG document. */
export function plotReport(report: LandingReport): string {
  const parts: string[] = [];
  let y = TOP;
  for (const scenario of report.scenarios) {
    parts.push(text({ x: LEFT - 10, y: y + BAR, anchor: 'end' }, scenario.title));
    for (const { path, color } of BARS) {
      const spread = speedSpread(scenario, path);
      if (!spread) continue;
      const middle = y + BAR / 2;
      parts.push(`<rect x="${LEFT}" y="${y}" width="${length(spread.middle)}" height="${BAR - 2}" fill="${color}"/>`);
      parts.push(line({ x: LEFT + length(spread.least), y: middle }, { x: LEFT + length(spread.most), y: middle }));
      parts.push(text({ x: LEFT + length(spread.most) + 6, y: y + BAR - 3, anchor: 'start' }, spread.middle.toFixed(2)));
      y += BAR;
    }
    y += GAP;
  }
  const one = LEFT + length(1);
  parts.push(line({ x: one, y: TOP - 6 }, { x: one, y: y - GAP + 4 }, ' stroke-dasharray="4 3"'));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y + 10}" font-family="sans-serif" font-size="11">
<rect width="100%" height="100%" fill="white"/>
${text({ x: 10, y: 20, anchor: 'start' }, `Speed of a landing in JSON.parse of the same bytes (dashed: 1), CPU time · ${report.machine}, Node ${report.node}`)}
${legend()}
${parts.join('\n')}
</svg>
`;
}

function legend(): string {
  return BARS.map(({ path, color }, i) => {
    const x = 10 + i * 178;
    return `<rect x="${x}" y="32" width="10" height="10" fill="${color}"/>${text({ x: x + 14, y: 41, anchor: 'start' }, path)}`;
  }).join('\n');
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function length(speed: number): number {
  return Math.round((Math.min(speed, SPEED_MAX) / SPEED_MAX) * (WIDTH - LEFT - 60));
}

function line(from: Point, to: Point, style = ''): string {
  return `<line x1="${from.x}" y1="${from.y}" x2="${to.x}" y2="${to.y}" stroke="#333"${style}/>`;
}

function text(at: Point & { readonly anchor: 'start' | 'end' }, words: string): string {
  const escaped = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${at.x}" y="${at.y}" text-anchor="${at.anchor}">${escaped}</text>`;
}
