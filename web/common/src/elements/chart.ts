// chart.ts - <lw-chart label="CPU" .points=${[[t, v], …]} max=… .show=${v => text}>: the last hour, as an area
//
// Own SVG, 2 KB instead of a library's 24. The pointer or the arrow keys pick a moment; its value is read out.

import { LitElement, css, html, nothing, svg } from 'lit';
import { define } from './define';

export type Point = [t: number, v: number];
const WIDTH = 320, HEIGHT = 72;

export class Chart extends LitElement {
  static properties = { label: {}, points: { attribute: false }, max: { type: Number }, show: { attribute: false }, seconds: { type: Number },
    picked: { state: true } };
  label = '';
  points: Point[] = [];
  max = 0;
  seconds = 600;
  show: (v: number) => string = v => v.toFixed(1);
  picked = -1;

  static styles = css`
    :host { display: block; min-width: 0; }
    header { display: flex; justify-content: space-between; align-items: baseline; gap: 8px; font-size: 12px; margin-bottom: 6px; }
    .label { color: var(--soft); }
    .value { font-variant-numeric: tabular-nums; font-weight: 550; white-space: nowrap; }
    svg { display: block; width: 100%; height: 72px; outline: none; border-bottom: 1px solid var(--line); overflow: visible; }
    svg:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 2px; }
    .area { fill: color-mix(in srgb, var(--accent) 14%, transparent); }
    .line { fill: none; stroke: var(--accent); stroke-width: 1.5; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
    .pick { stroke: var(--soft); stroke-width: 1; vector-effect: non-scaling-stroke; stroke-dasharray: 2 2; }
    p { margin: 4px 0 0; font-size: 11px; color: var(--soft); display: flex; justify-content: space-between; }
  `;

  private shown(): Point[] {
    const last = this.points.at(-1);
    return last ? this.points.filter(([t]) => t > last[0] - this.seconds) : [];
  }

  private pick(event: PointerEvent, points: Point[]): void {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const end = points[points.length - 1][0], t = end - this.seconds * (1 - (event.clientX - box.left) / box.width);
    this.picked = points.reduce((best, [at], i) => (Math.abs(at - t) < Math.abs(points[best][0] - t) ? i : best), 0);
  }

  private key(event: KeyboardEvent, points: Point[]): void {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === 'Escape') this.picked = -1;
    else if (step) {
      event.preventDefault();
      this.picked = Math.min(points.length - 1, Math.max(0, (this.picked < 0 ? points.length - 1 : this.picked) + step));
    }
  }

  render() {
    const points = this.shown(), top = this.max > 0 ? this.max : Math.max(1e-9, ...points.map(([, v]) => v)) * 1.15;
    const at = this.picked >= 0 ? points[Math.min(this.picked, points.length - 1)] : points.at(-1);
    const end = points.at(-1)?.[0] ?? 0;
    const xy = ([t, v]: Point) => `${(WIDTH * (1 - (end - t) / this.seconds)).toFixed(1)},${(HEIGHT * (1 - Math.min(1, v / top))).toFixed(1)}`;
    const line = points.map(xy).join(' '), first = points[0] && xy(points[0]).split(',')[0];
    const when = this.picked >= 0 && at ? `${new Date(at[0] * 1000).toLocaleTimeString()} · ` : '';
    const text = at ? this.show(at[1]) : 'no figures yet';
    return html`<header><span class="label">${this.label}</span><span class="value" aria-live="off">${when}${text}</span></header>
      <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" tabindex="0" role="img" aria-label="${this.label}: ${text}, history"
        @pointermove=${(e: PointerEvent) => points.length && this.pick(e, points)} @pointerleave=${() => (this.picked = -1)}
        @keydown=${(e: KeyboardEvent) => points.length && this.key(e, points)}>
        ${points.length > 1 ? svg`<polygon class="area" points="${first},${HEIGHT} ${line} ${WIDTH},${HEIGHT}"></polygon><polyline class="line" points=${line}></polyline>` : nothing}
        ${this.picked >= 0 && at ? svg`<line class="pick" x1=${xy(at).split(',')[0]} x2=${xy(at).split(',')[0]} y1="0" y2=${HEIGHT}></line>` : nothing}
      </svg>
      <p><span>${Math.round(this.seconds / 60)} min ago</span><span>now</span></p>`;
  }
}

define('lw-chart', Chart);
