import { useEffect, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatNumber } from '../lib/format.ts';
import { align, type Series, smooth, thin } from '../lib/series.ts';
import { useDarkMode } from './dark-mode.ts';

/** More points than this are not to be seen on a screen: a curve is thinned to its extremes. */
const pointLimit = 2000;

export interface Curve extends Series {
  label: string;
  dashed?: boolean;
  /** Which colour of the palette; default: the curve's place. Curves of one run share theirs. */
  color?: number;
}

/** Curves over training steps. Drag to zoom, double-click to see all; the legend tells values at the pointer. */
export function LineChart({
  title,
  curves,
  logarithmic = false,
  smoothing = 0,
  height = 260,
}: {
  title: string;
  curves: readonly Curve[];
  logarithmic?: boolean;
  smoothing?: number;
  height?: number;
}) {
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const [width, setWidth] = useState(0);
  const dark = useDarkMode();
  const data = useMemo(() => {
    const { steps, values } = align(
      curves.map((curve) => thin({ ...curve, values: smooth(curve.values, smoothing) }, pointLimit)),
    );
    return [steps, ...values] satisfies uPlot.AlignedData;
  }, [curves, smoothing]);
  // A logarithmic axis cannot show zero or less.
  const log = logarithmic && curves.every((curve) => curve.values.every((value) => value > 0));
  const look = JSON.stringify([
    curves.map((curve) => [curve.label, curve.dashed, curve.color]),
    log,
    dark,
    height,
  ]);

  useEffect(() => {
    const element = holder.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    const element = holder.current;
    if (element === null || width === 0) return undefined;
    plot.current = new uPlot(options(curves, { width, height, log }), data, element);
    return () => plot.current?.destroy();
    // The data alone changes many times a second; a new plot is needed only for a new look.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [look, width]);

  useEffect(() => plot.current?.setData(data), [data]);

  return (
    <figure className="min-w-0">
      <figcaption className="mb-2 text-sm font-medium">{title}</figcaption>
      <div ref={holder} role="img" aria-label={describe(title, curves)} style={{ minHeight: height }} />
    </figure>
  );
}

function options(
  curves: readonly Curve[],
  { width, height, log }: { width: number; height: number; log: boolean },
): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color('--muted'),
    grid: { stroke: color('--line'), width: 1 },
    ticks: { stroke: color('--line'), width: 1 },
    font: '12px system-ui, sans-serif',
    labelFont: '12px system-ui, sans-serif',
  };
  return {
    width,
    height,
    cursor: { drag: { x: true, y: false }, points: { size: 6 } },
    scales: { x: { time: false }, y: { distr: log ? 3 : 1 } },
    axes: [
      { ...axis, label: 'Step', labelSize: 20 },
      {
        ...axis,
        size: 62,
        values: (_plot, ticks) => ticks.map((tick) => (tick === null ? '' : formatNumber(tick))),
      },
    ],
    series: [
      {
        label: 'Step',
        value: (plot, step: number | null, _series, at: number | null) =>
          legendText(at === null ? plot.data[0].at(-1) : step),
      },
      ...curves.map((curve, index) => ({
        label: curve.label,
        stroke: color(`--series-${((curve.color ?? index) % 8) + 1}`),
        width: 1.75,
        spanGaps: true,
        ...(curve.dashed === true ? { dash: [5, 4] } : {}),
        points: { show: curve.values.length < 3 },
        value: (_plot: uPlot, value: number | null, _series: number, at: number | null) =>
          legendText(at === null ? curve.values.at(-1) : value),
      })),
    ],
  };
}

/** A value at the pointer or, without a pointer, the newest. */
const legendText = (value: number | null | undefined) =>
  value === null || value === undefined ? '–' : formatNumber(value);

function describe(title: string, curves: readonly Curve[]): string {
  const ends = curves.map(
    (curve) => `${curve.label} is now ${formatNumber(curve.values.at(-1) ?? Number.NaN)}`,
  );
  return `${title}, by training step. ${ends.join('; ')}.`;
}
