import { encodePng } from '@banyan/data';
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Figure } from './pages.ts';

export interface Drawn extends Figure {
  svg: string;
}

/** A number for each series at each place, in any order. */
export interface Mark {
  x: number;
  y: number;
  series: string;
}

const look = {
  background: 'white',
  padding: 12,
  config: {
    font: 'system-ui, sans-serif',
    axis: { grid: false, labelColor: '#555', titleColor: '#333', titleFontWeight: 'normal' as const },
    legend: { orient: 'top' as const, title: null, labelFontSize: 12 },
    view: { stroke: null },
    range: { category: ['#2f6f4f', '#c46a2b', '#4a6fa5', '#8a8a8a'] },
  },
};

const size = { width: 560, height: 240 };

/** Curves; `level` is a dashed line across, as a baseline's. */
export function curves(
  marks: readonly Mark[],
  [x, y]: readonly [string, string],
  level?: { name: string; value: number },
): Promise<string> {
  const line = {
    data: { values: [...marks] },
    mark: { type: 'line' as const, strokeWidth: 2 },
    encoding: {
      x: { field: 'x', type: 'quantitative' as const, title: x },
      y: { field: 'y', type: 'quantitative' as const, title: y, scale: { zero: false } },
      color: { field: 'series', type: 'nominal' as const, sort: null },
    },
  };
  const dashed = level && {
    data: { values: [{ y: level.value, series: level.name }] },
    mark: { type: 'rule' as const, strokeDash: [5, 4], strokeWidth: 1.5 },
    encoding: {
      y: { field: 'y', type: 'quantitative' as const },
      color: { field: 'series', type: 'nominal' as const },
    },
  };
  return svgOf({ ...look, ...size, layer: dashed === undefined ? [line] : [line, dashed] });
}

/** A bar for each name, in their order. */
export const bars = (values: Readonly<Record<string, number>>, title: string): Promise<string> =>
  svgOf({
    ...look,
    width: 480,
    height: { step: 36 },
    data: { values: Object.entries(values).map(([name, value]) => ({ name, value })) },
    encoding: {
      x: { field: 'value', type: 'quantitative', title },
      y: { field: 'name', type: 'nominal', sort: null, title: null },
    },
    layer: [
      { mark: { type: 'bar', color: '#2f6f4f' } },
      {
        mark: { type: 'text', align: 'left', dx: 5 },
        encoding: { text: { field: 'value', format: '.3~g' } },
      },
    ],
  });

/** A value in each cell of a square grid, and points on it that have a class of their own. */
export const surface = (
  cells: readonly { x: number; y: number; value: number }[],
  points: readonly { x: number; y: number; label: string }[],
  title: string,
): Promise<string> =>
  svgOf({
    ...look,
    width: 300,
    height: 300,
    layer: [
      {
        data: { values: [...cells] },
        mark: { type: 'rect' },
        encoding: {
          x: { field: 'x', type: 'ordinal', axis: null },
          y: { field: 'y', type: 'ordinal', sort: 'descending', axis: null },
          color: {
            field: 'value',
            type: 'quantitative',
            title,
            scale: { scheme: 'greens', domain: [0, 1] },
            legend: { orient: 'right', title },
          },
        },
      },
      {
        data: { values: [...points] },
        mark: { type: 'text', fontSize: 18, fontWeight: 'bold' },
        encoding: {
          x: { field: 'x', type: 'ordinal' },
          y: { field: 'y', type: 'ordinal', sort: 'descending' },
          text: { field: 'label' },
        },
      },
    ],
  });

function svgOf(spec: TopLevelSpec): Promise<string> {
  return new View(parse(compile(spec).spec), { renderer: 'none' }).toSVG();
}

/** Rows of pictures [28, 28] of values in 0 to 1, dark on white, twice as large. */
export function pictures(rows: readonly Float32Array[], columns: number): string {
  const [width, height] = [columns * 28, rows.length * 28];
  const image = new Uint8Array(width * height);
  for (const [row, values] of rows.entries())
    for (let i = 0; i < columns * 784; i++) {
      const [column, y, x] = [Math.floor(i / 784), Math.floor((i % 784) / 28), i % 28];
      image[(row * 28 + y) * width + column * 28 + x] = 255 * (1 - values[i]!);
    }
  const png = encodePng(image, [height, width]).toString('base64');
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${2 * width}" height="${2 * height}">` +
    `<image width="${2 * width}" height="${2 * height}" style="image-rendering:pixelated" href="data:image/png;base64,${png}"/></svg>\n`
  );
}
