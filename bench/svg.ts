/**
 * Line charts as SVG, in a grid: lines labelled where they end, on a light or a dark page as the reader's system has it.
 * Only what the bench's plots need.
 */

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Series {
  readonly label: string;
  /** Which of the colours. */
  readonly color: keyof typeof colors;
  readonly isDashed: boolean;
  readonly points: readonly Point[];
}

export interface Chart {
  readonly title: string;
  readonly xTitle: string;
  readonly yScale: 'linear' | 'log';
  readonly series: readonly Series[];
}

const colors = {
  blue: { light: '#1a5fb4', dark: '#7ab8ff' },
  green: { light: '#1b7f4b', dark: '#5fd39a' },
  purple: { light: '#7b3fb0', dark: '#c79bf2' },
  gray: { light: '#6b7280', dark: '#9aa3b2' },
  brown: { light: '#96560f', dark: '#e0a965' },
} as const;

const cell = { width: 480, height: 230 };
const margin = { left: 56, top: 34, right: 148, bottom: 42 };
const plotWidth = cell.width - margin.left - margin.right;
const plotHeight = cell.height - margin.top - margin.bottom;
const heading = { height: 62, baseline: 26 };
const labelHeight = 14;
const tickCount = 4;

/** Charts with the same place in their rows stand in one column. */
export function toSvg(title: string, subtitle: string, rows: readonly (readonly Chart[])[]): string {
  const width = cell.width * Math.max(1, ...rows.map((row) => row.length));
  const height = heading.height + cell.height * rows.length;
  const charts = rows.flatMap((row, y) =>
    row.map((chart, x) => {
      const at = `translate(${x * cell.width} ${heading.height + y * cell.height})`;
      return `<g transform="${at}">${chartOf(chart)}</g>`;
    }),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title><style>${style()}</style><rect class="page" width="${width}" height="${height}"/>`,
    `<text class="title" x="16" y="${heading.baseline}">${escaped(title)}</text>`,
    `<text class="minor" x="16" y="${heading.baseline + 20}">${escaped(subtitle)}</text>`,
    ...charts,
    '</svg>',
    '',
  ].join('\n');
}

function style(): string {
  const common = [
    'text{font:12px system-ui,sans-serif;fill:var(--ink)}.title{font-size:17px;font-weight:600}.name{font-weight:600}',
    '.minor{fill:var(--minor)}.page{fill:var(--page)}.grid{stroke:var(--grid);stroke-width:1}',
    '.line{fill:none;stroke-width:2;stroke-linejoin:round}.dashed{stroke-dasharray:5 3}',
    ...Object.keys(colors).map((name) => `.${name}{stroke:var(--${name})}.${name}-fill{fill:var(--${name})}`),
  ];
  const of = (theme: 'light' | 'dark', rest: string): string =>
    `:root{${rest}${Object.entries(colors)
      .map(([name, color]) => `--${name}:${color[theme]}`)
      .join(';')}}`;
  const light = of('light', '--page:#fff;--ink:#1c1e21;--minor:#5c6370;--grid:#e3e6ea;');
  const dark = of('dark', '--page:#14171c;--ink:#e8eaed;--minor:#a3abb8;--grid:#2c323b;');
  return `${light}${common.join('')}@media (prefers-color-scheme:dark){${dark}}`;
}

function chartOf({ title, xTitle, yScale, series }: Chart): string {
  const xs = [...new Set(series.flatMap(({ points }) => points.map(({ x }) => x)))].toSorted((a, b) => a - b);
  const ys = series.flatMap(({ points }) => points.map(({ y }) => y)).filter((y) => y > 0);
  const ticks = yScale === 'log' ? logTicks(ys) : linearTicks(ys);
  const [bottom = 0, top = 1] = [ticks[0], ticks.at(-1)];
  const xAt = placer(Math.log2(xs[0] ?? 1), Math.log2(xs.at(-1) ?? 2), plotWidth);
  const scaled = (y: number): number => (yScale === 'log' ? Math.log10(Math.max(y, bottom)) : y);
  const yOf = placer(scaled(bottom), scaled(top), plotHeight);
  const place = ({ x, y }: Point) => ({ x: xAt(Math.log2(x)), y: plotHeight - yOf(scaled(y)) });
  const lines = series.map(({ points, ...rest }) => ({ ...rest, places: points.map(place) }));
  return [
    `<text class="name" x="${margin.left}" y="18">${escaped(title)}</text>`,
    `<g transform="translate(${margin.left} ${margin.top})">`,
    ...ticks.map((tick) => yTick(tick, place({ x: 1, y: tick }).y)),
    ...xs.map(
      (x) =>
        `<text class="minor" text-anchor="middle" x="${round(xAt(Math.log2(x)))}" y="${plotHeight + 17}">${x}</text>`,
    ),
    `<text class="minor" text-anchor="middle" x="${plotWidth / 2}" y="${plotHeight + 34}">${escaped(xTitle)}</text>`,
    ...lines.map(lineOf),
    ...labelsOf(lines),
    '</g>',
  ].join('');
}

interface Line extends Omit<Series, 'points'> {
  readonly places: readonly Point[];
}

function lineOf({ places, color, isDashed }: Line): string {
  const path = places.map(({ x, y }) => `${round(x)},${round(y)}`).join(' ');
  const dots = places.map(({ x, y }) => `<circle class="${color}-fill" cx="${round(x)}" cy="${round(y)}" r="2.6"/>`);
  return `<polyline class="line ${color}${isDashed ? ' dashed' : ''}" points="${path}"/>${dots.join('')}`;
}

/** Beside the last points, moved apart where they would meet. */
function labelsOf(lines: readonly Line[]): string[] {
  const labels = lines
    .flatMap(({ places, label, color }) => places.slice(-1).map(({ y }) => ({ y, wanted: y, label, color })))
    .toSorted((a, b) => a.y - b.y);
  const lowest = plotHeight - (labels.length - 1) * labelHeight;
  let free = 0;
  return labels.map(({ y, label, color }, index) => {
    const at = Math.max(free, Math.min(y, lowest + index * labelHeight));
    free = at + labelHeight;
    return `<text class="${color}-fill" x="${plotWidth + 9}" y="${round(at + 4)}">${escaped(label)}</text>`;
  });
}

function yTick(value: number, y: number): string {
  const text = value >= 1000 ? `${value / 1000}k` : String(value);
  return [
    `<line class="grid" x1="0" x2="${plotWidth}" y1="${round(y)}" y2="${round(y)}"/>`,
    `<text class="minor" text-anchor="end" x="-8" y="${round(y + 4)}">${text}</text>`,
  ].join('');
}

/** From 0 to at least the highest, in round steps. */
export function linearTicks(values: readonly number[]): number[] {
  const step = roundUp(Math.max(1e-9, ...values) / tickCount);
  const count = Math.ceil(Math.max(0, ...values) / step - 1e-9);
  return Array.from({ length: Math.max(1, count) + 1 }, (_, index) => Number((index * step).toPrecision(6)));
}

/** 1, 2 and 5 of each power of ten around the values; where that is many, only 1. */
export function logTicks(values: readonly number[]): number[] {
  const [low, high] = values.length === 0 ? [1, 10] : [Math.min(...values), Math.max(...values)];
  const powers = Array.from({ length: 12 }, (_, index) => index - 5);
  const fine = powers.flatMap((power) => [1, 2, 5].map((digit) => Number((digit * 10 ** power).toPrecision(6))));
  const around = (all: readonly number[]): number[] => {
    const from = Math.max(
      0,
      all.findLastIndex((tick) => tick <= low),
    );
    const to = all.findIndex((tick) => tick >= high && tick > low);
    return all.slice(from, to < 0 ? undefined : to + 1);
  };
  const found = around(fine);
  return found.length <= 7 ? found : around(fine.filter((_, index) => index % 3 === 0));
}

/** 1, 2 or 5 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((digit) => digit * power >= value * (1 - 1e-9)) ?? 10) * power;
}

/** Maps a range onto a length; a range of one value onto its middle. */
function placer(from: number, to: number, length: number): (value: number) => number {
  return (value) => (from === to ? length / 2 : ((value - from) / (to - from)) * length);
}

const round = (value: number): number => Math.round(value * 10) / 10;

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
