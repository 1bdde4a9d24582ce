// state-pill.ts - <lw-state state="running" position="2">: the state of a workspace, in a word, a colour and a shape
//
// The dot differs by more than colour (ring, filled, pulsing), for those who see no colours or want no motion.

import { LitElement, css, html } from 'lit';
import type { WorkspaceState } from '../types';
import { define } from './define';

const WORDS: Record<WorkspaceState, string> = {
  stopped: 'Stopped', queued: 'Queued', starting: 'Starting', running: 'Running', stopping: 'Stopping', failed: 'Failed'
};

export class StatePill extends LitElement {
  static properties = { state: { reflect: true }, position: { type: Number } };
  state: WorkspaceState = 'stopped';
  position: number | null = null;

  static styles = css`
    :host { display: inline-flex; align-items: center; gap: 6px; height: 22px; padding: 0 9px 0 8px; border-radius: 11px;
      font-size: 12px; font-weight: 550; white-space: nowrap; box-sizing: border-box; vertical-align: middle;
      color: var(--lw-pill, var(--soft)); background: color-mix(in srgb, var(--lw-pill, var(--soft)) 12%, transparent); }
    i { width: 7px; height: 7px; border-radius: 50%; box-sizing: border-box; border: 1.5px solid currentColor; flex: none; }
    :host([state='running']) { --lw-pill: var(--ok); }
    :host([state='starting']), :host([state='queued']) { --lw-pill: var(--accent); }
    :host([state='stopping']) { --lw-pill: var(--warn); }
    :host([state='failed']) { --lw-pill: var(--bad); }
    :host([state='running']) i, :host([state='failed']) i { background: currentColor; }
    :host([state='failed']) i { border-radius: 1px; transform: rotate(45deg); }
    @media (prefers-reduced-motion: no-preference) {
      :host([state='starting']) i, :host([state='stopping']) i { animation: beat 1.2s ease-in-out infinite; background: currentColor; }
    }
    @keyframes beat { 50% { opacity: 0.25; } }
  `;

  render() {
    const place = this.state === 'queued' && this.position ? ` · ${this.position}` : '';
    return html`<i></i><span>${WORDS[this.state] ?? this.state}${place}</span>`;
  }
}

define('lw-state', StatePill);
