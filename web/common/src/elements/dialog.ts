// dialog.ts - <lw-dialog heading="…">: a modal dialog around what it holds; "close" is sent when it is left
//
// The browser's own <dialog>: it keeps the focus inside, makes the rest inert, closes on Escape and gives the focus back.

import { LitElement, css, html } from 'lit';
import { icon } from '../icons';
import { define } from './define';

export class Dialog extends LitElement {
  static properties = { heading: {}, wide: { type: Boolean, reflect: true } };
  heading = '';
  wide = false;
  private opener: Element | null = null;
  private focused = false;

  static styles = css`
    dialog { border: 1px solid var(--line); border-radius: 12px; padding: 0; background: var(--panel); color: inherit; width: min(480px, calc(100vw - 32px));
      max-height: calc(100vh - 48px); box-shadow: 0 16px 48px rgb(0 0 0 / 0.28); overflow: auto; }
    :host([wide]) dialog { width: min(640px, calc(100vw - 32px)); }
    dialog::backdrop { background: rgb(10 14 20 / 0.45); }
    header { display: flex; align-items: center; justify-content: space-between; gap: 12px; padding: 16px 16px 0 20px; }
    h2 { margin: 0; font-size: 16px; font-weight: 620; overflow-wrap: anywhere; }
    .body { padding: 14px 20px 20px; }
    button { border: 0; background: none; color: var(--soft); width: 30px; height: 30px; border-radius: 6px; display: grid; place-items: center; cursor: pointer; flex: none; }
    button:hover { background: var(--well); color: inherit; }
    button:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
  `;

  connectedCallback(): void {
    super.connectedCallback();
    this.opener = document.activeElement;
  }

  disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this.opener instanceof HTMLElement && this.opener.isConnected) this.opener.focus();
  }

  firstUpdated(): void {
    this.renderRoot.querySelector('dialog')!.showModal();
    this.focusFirst();
  }

  /** Once; what is asked for may have to be fetched first. */
  private focusFirst(): void {
    const wanted = this.querySelector<HTMLElement>('[data-focus]') ?? this.querySelector<HTMLElement>('input, select, textarea, button');
    if (!wanted || this.focused) return;
    this.focused = true;
    requestAnimationFrame(() => wanted.focus());
  }

  private leave(): void {
    this.dispatchEvent(new CustomEvent('close'));
  }

  render() {
    return html`<dialog aria-labelledby="heading" @cancel=${(e: Event) => { e.preventDefault(); this.leave(); }} @close=${this.leave}>
      <header><h2 id="heading">${this.heading}</h2><button type="button" aria-label="Close" @click=${this.leave}>${icon('close')}</button></header>
      <div class="body"><slot @slotchange=${this.focusFirst}></slot></div></dialog>`;
  }
}

define('lw-dialog', Dialog);
