// meter.ts - <lw-meter label="Memory" value=… max=… text="1.2 of 4 GB">: how much of something is in use
//
// Drawn as SVG: a width in a style attribute would need 'unsafe-inline' in the page's policy.

import { LitElement, css, html, svg } from 'lit';
import { define } from './define';

export class Meter extends LitElement {
  static properties = { label: {}, value: { type: Number }, max: { type: Number }, text: {}, level: { reflect: true } };
  label = '';
  value = 0;
  max = 0;
  text = '';
  level = '';

  static styles = css`
    :host { display: block; font-size: 12px; min-width: 0; --lw-fill: var(--accent); }
    :host([level='warn']) { --lw-fill: var(--warn); }
    :host([level='bad']) { --lw-fill: var(--bad); }
    div { display: flex; justify-content: space-between; gap: 8px; margin-bottom: 5px; }
    .label { color: var(--soft); }
    .text { font-variant-numeric: tabular-nums; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
    svg { display: block; width: 100%; height: 5px; border-radius: 3px; background: var(--well); }
    rect { fill: var(--lw-fill); transition: width 0.3s; }
    @media (prefers-reduced-motion: reduce) { rect { transition: none; } }
  `;

  /** 0 to 1; -1 when there is no limit to measure against. */
  get ratio(): number {
    return this.max > 0 ? Math.min(1, Math.max(0, this.value / this.max)) : -1;
  }

  willUpdate(): void {
    this.level = this.ratio > 0.95 ? 'bad' : this.ratio > 0.85 ? 'warn' : '';
  }

  render() {
    const percent = Math.max(0, this.ratio) * 100;
    return html`<div><span class="label">${this.label}</span><span class="text">${this.text}</span></div>
      <svg role="meter" aria-label=${this.label} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${Math.round(percent)}
        aria-valuetext=${this.text} preserveAspectRatio="none">${svg`<rect height="100%" width=${`${percent}%`}></rect>`}</svg>`;
  }
}

define('lw-meter', Meter);
