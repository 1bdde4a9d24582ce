// chart.ts - the geometry of an area chart: points to paths, and the pointer back to a point; no drawing in here

export interface IPoint {
  /** Seconds. */
  t: number;
  /** Percent; null: nothing to draw. */
  value: number | null;
}

export interface ISize {
  width: number;
  height: number;
}

/** A wider hole between two samples is left open. */
const HOLE_SECONDS = 60;

/** At least so much time is shown, so that two first samples are not a mountain. */
const SPAN_SECONDS = 120;

export interface IChart {
  line: string;
  area: string;
  from: number;
  to: number;
}

function runs (points: readonly IPoint[]): IPoint[][] {
  const out: IPoint[][] = [];
  let before: IPoint | null = null;
  for (const p of points) {
    if (p.value === null) {
      before = null;
      continue;
    }
    if (!before || p.t - before.t > HOLE_SECONDS) out.push([]);
    out[out.length - 1].push(p);
    before = p;
  }
  return out;
}

/** The highest and lowest of each group of neighbours: at most 2 a pixel, and no peak is lost. */
function thinned (points: IPoint[], most: number): IPoint[] {
  if (points.length <= 2 * most) return points;
  const out: IPoint[] = [], size = Math.ceil(points.length / most);
  for (let i = 0; i < points.length; i += size) {
    const group = points.slice(i, i + size);
    let low = group[0], high = group[0];
    for (const p of group) {
      if (p.value! < low.value!) low = p;
      if (p.value! > high.value!) high = p;
    }
    out.push(...(low === high ? [low] : low.t < high.t ? [low, high] : [high, low]));
  }
  return out;
}

/** POINTS in order of time, 0 to 100 from bottom to top, the last at the right edge. */
export function chart (points: readonly IPoint[], size: ISize): IChart {
  const to = points[points.length - 1]?.t ?? 0;
  const from = Math.min(points[0]?.t ?? 0, to - SPAN_SECONDS);
  const round = (n: number) => Math.round(n * 10) / 10;
  const x = (p: IPoint) => round((p.t - from) / (to - from) * size.width);
  const y = (p: IPoint) => round(size.height * (1 - p.value! / 100));
  let line = '', area = '';
  for (const run of runs(points)) {
    const some = thinned(run, size.width);
    const path = some.map(p => `${x(p)},${y(p)}`).join('L');
    line += `M${path}`;
    area += `M${x(some[0])},${size.height}L${path}L${x(some[some.length - 1])},${size.height}Z`;
  }
  return { line, area, from, to };
}

/** Where P is drawn. */
export function place (p: IPoint, c: IChart, size: ISize): { x: number; y: number } {
  return { x: (p.t - c.from) / (c.to - c.from) * size.width, y: size.height * (1 - (p.value ?? 0) / 100) };
}

/** The point that is drawn nearest to X; null: there is none. */
export function nearest (points: readonly IPoint[], c: IChart, size: ISize, x: number): IPoint | null {
  const t = c.from + x / size.width * (c.to - c.from);
  let best: IPoint | null = null;
  for (const p of points)
    if (p.value !== null && (!best || Math.abs(p.t - t) < Math.abs(best.t - t))) best = p;
  return best;
}
