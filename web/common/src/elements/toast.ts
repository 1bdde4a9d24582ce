// toast.ts - toast ('Saved'): a short word at the edge, read out and gone after a while; failures stay until closed

import { LitElement, css, html } from 'lit';
import { icon } from '../icons';
import { define } from './define';

interface Toast {
  id: number;
  text: string;
  bad: boolean;
}
const SECONDS = 5, MOST = 4;

export class Toasts extends LitElement {
  static properties = { list: { state: true } };
  list: Toast[] = [];
  private next = 1;

  static styles = css`
    :host { position: fixed; z-index: 50; right: 20px; bottom: 20px; max-width: min(420px, calc(100vw - 40px)); }
    div { display: grid; gap: 8px; justify-items: end; }
    p { margin: 0; display: flex; align-items: flex-start; gap: 10px; padding: 9px 8px 9px 14px; border-radius: 9px; color: var(--panel); background: var(--text);
      box-shadow: 0 8px 28px rgb(0 0 0 / 0.25); font-size: 13px; line-height: 20px; overflow-wrap: anywhere; }
    p.bad { background: var(--bad-fill); color: #fff; }
    button { flex: none; border: 0; background: none; color: inherit; opacity: 0.8; width: 22px; height: 20px; padding: 0; cursor: pointer; display: grid; place-items: center; }
    button:focus-visible { outline: 2px solid currentColor; }
  `;

  add(text: string, bad: boolean): void {
    const toast = { id: this.next++, text, bad };
    this.list = [...this.list.filter(t => t.text !== text), toast].slice(-MOST);
    if (!bad) setTimeout(() => this.drop(toast.id), SECONDS * 1000);
  }

  private drop(id: number): void {
    this.list = this.list.filter(t => t.id !== id);
  }

  render() {
    return html`<div role="status" aria-live="polite">${this.list.map(t => html`<p class=${t.bad ? 'bad' : ''}>
      <span>${t.text}</span><button type="button" aria-label="Close" @click=${() => this.drop(t.id)}>${icon('close', 12)}</button></p>`)}</div>`;
  }
}

define('lw-toasts', Toasts);

export function toast(text: string, bad = false): void {
  let host = document.querySelector<Toasts>('lw-toasts');
  if (!host) document.body.append((host = document.createElement('lw-toasts') as Toasts));
  host.add(text, bad);
}

/** What went wrong, as far as it may be shown. */
export const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Runs it; a failure becomes a toast. */
export async function attempt<T>(what: () => Promise<T>, done?: string): Promise<T | undefined> {
  try {
    const result = await what();
    if (done) toast(done);
    return result;
  } catch (error) {
    toast(words(error), true);
    return undefined;
  }
}
