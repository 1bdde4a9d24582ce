// drop.ts - <lw-drop label="…" kind="menu|panel">: a button and what drops down from it
//
// As a menu the arrow keys walk over the items (role=menuitem); as a panel it holds a small form. Escape, a click
// outside and the focus leaving close it; the focus goes back to the button.

import { LitElement, css, html } from 'lit';
import { define } from './define';

export class Drop extends LitElement {
  static properties = { label: {}, kind: {}, open: { type: Boolean, reflect: true }, tone: { reflect: true } };
  label = '';
  kind: 'menu' | 'panel' = 'menu';
  tone = '';
  open = false;

  static styles = css`
    :host { position: relative; display: inline-block; }
    button { font: inherit; font-weight: 550; color: inherit; cursor: pointer; display: inline-flex; align-items: center; gap: 6px; height: 32px;
      padding: 0 10px; border-radius: 7px; border: 1px solid var(--line); background: var(--panel); white-space: nowrap; }
    button:hover { background: var(--well); }
    button:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
    :host([tone='bare']) button { border-color: transparent; background: none; padding: 0 6px; }
    :host([tone='bare']) button:hover { background: var(--well); }
    :host([tone='bar']) button { border-color: transparent; background: none; padding: 0 5px; }
    .box { position: absolute; z-index: 30; top: calc(100% + 5px); right: 0; min-width: 190px; background: var(--panel); border: 1px solid var(--line);
      border-radius: 9px; box-shadow: 0 10px 32px rgb(0 0 0 / 0.18); padding: 5px; }
    .box[role='dialog'] { width: 300px; max-width: calc(100vw - 48px); padding: 14px 16px; box-sizing: border-box; }
    .box[hidden] { display: none; }
  `;

  private readonly outside = (event: Event) => {
    if (!event.composedPath().includes(this)) this.open = false;
  };

  connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener('pointerdown', this.outside);
  }

  disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('pointerdown', this.outside);
  }

  private items(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>(this.kind === 'menu' ? '[role^=menuitem]:not([disabled])' : 'button, input, select, a')];
  }

  show(): void {
    this.open = true;
    void this.updateComplete.then(() => (this.querySelector<HTMLElement>('[data-focus]') ?? this.items()[0])?.focus());
  }

  hide(): void {
    this.open = false;
    this.renderRoot.querySelector('button')?.focus();
  }

  private key(event: KeyboardEvent): void {
    const items = this.items(), at = items.indexOf(document.activeElement as HTMLElement);
    if (event.key === 'Escape' && this.open) {
      event.stopPropagation();
      this.hide();
    } else if (this.kind === 'menu' && ['ArrowDown', 'ArrowUp', 'Home', 'End'].includes(event.key)) {
      event.preventDefault();
      if (!this.open) return this.show();
      const to = { ArrowDown: (at + 1) % items.length, ArrowUp: (at - 1 + items.length) % items.length, Home: 0, End: items.length - 1 };
      items[to[event.key as keyof typeof to]]?.focus();
    } else if (this.kind === 'menu' && event.key === 'Tab') {
      this.open = false;
    }
  }

  private left(event: FocusEvent): void {
    if (event.relatedTarget && !this.contains(event.relatedTarget as Node) && event.relatedTarget !== this) this.open = false;
  }

  render() {
    return html`<div @keydown=${this.key} @focusout=${this.left}>
      <button type="button" aria-haspopup=${this.kind === 'menu' ? 'menu' : 'dialog'} aria-expanded=${this.open} aria-label=${this.label}
        @click=${() => (this.open ? this.hide() : this.show())}><slot name="button">${this.label}</slot></button>
      <div class="box" role=${this.kind === 'menu' ? 'menu' : 'dialog'} aria-label=${this.label} ?hidden=${!this.open}
        @click=${() => this.kind === 'menu' && this.hide()}><slot></slot></div></div>`;
  }
}

define('lw-drop', Drop);
