// stopwatch.ts - <lw-stopwatch seconds=… running>: the time of a session, counted on between two answers of the hub

import { LitElement, html } from 'lit';
import { clock } from '../format';
import { define } from './define';

export class Stopwatch extends LitElement {
  static properties = { seconds: { type: Number }, running: { type: Boolean }, down: { type: Boolean } };
  seconds = 0;
  running = false;
  /** Towards zero: a countdown. */
  down = false;
  private since = Date.now();
  private timer: ReturnType<typeof setInterval> | undefined;

  createRenderRoot(): this {
    return this;
  }

  willUpdate(changed: Map<string, unknown>): void {
    if (changed.has('seconds')) this.since = Date.now();
  }

  connectedCallback(): void {
    super.connectedCallback();
    this.timer = setInterval(() => this.running && this.requestUpdate(), 1000);
  }

  disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.timer);
  }

  render() {
    const passed = this.running ? (Date.now() - this.since) / 1000 : 0;
    return html`<span class="clock" role="timer">${clock(this.down ? this.seconds - passed : this.seconds + passed)}</span>`;
  }
}

define('lw-stopwatch', Stopwatch);
