// page.ts - what every page is: an element without shadow (password managers and the sheet of the document reach it)

import { LitElement, nothing, type TemplateResult } from 'lit';
import { Client, EventStream, loading, problem, words } from '@labwright/common';
import { Router, type Place } from './router';
import { Store } from './store';

const here = () => encodeURIComponent(location.pathname + location.search);

export const client = new Client({
  onUnauthenticated: () => {
    if (!['/login', '/setup'].includes(location.pathname)) location.assign(`/login?next=${here()}`);
  }
});
export const store = new Store(client, new EventStream({ onLive: live => store.setLive(live) }));

let router: Router;
export const setRouter = (r: Router): void => void (router = r);
export const go = (where: string, replace = false): void => router.go(where, replace);

/** Runs on submit with the fields; what it throws is shown in the form. */
export type Submit = (fields: Record<string, string>, form: HTMLFormElement) => Promise<void>;

export class Page extends LitElement {
  static properties = { place: { attribute: false }, failed: { state: true }, busy: { state: true }, said: { state: true } };
  place!: Place;
  failed: unknown = null;
  /** Which form is on its way. */
  busy = '';
  /** What a form was refused with, by form. */
  said: Record<string, string> = {};
  private begun = '';
  private ends: (() => void)[] = [];

  createRenderRoot(): this {
    return this;
  }

  connectedCallback(): void {
    super.connectedCallback();
    this.ends.push(store.watch(() => this.requestUpdate()));
    this.begun = this.key;
    void this.begin();
  }

  willUpdate(): void {
    if (this.begun === this.key) return;
    this.begun = this.key;
    void this.begin();
  }

  disconnectedCallback(): void {
    super.disconnectedCallback();
    this.ends.forEach(end => end());
    this.ends = [];
  }

  /** Ended with the page. */
  until(end: () => void): void {
    this.ends.push(end);
  }

  async begin(): Promise<void> {
    this.failed = null;
    try {
      await this.load();
    } catch (error) {
      this.failed = error;
    }
  }

  /** What the page is about: another one is loaded anew. */
  get key(): string {
    return '';
  }
  /** What the page needs; a failure is shown in its place. */
  async load(): Promise<void> {}
  ready(): boolean {
    return true;
  }
  get heading(): string {
    return '';
  }
  content(): TemplateResult | typeof nothing {
    return nothing;
  }

  submit(name: string, what: Submit) {
    return async (event: SubmitEvent): Promise<void> => {
      event.preventDefault();
      if (this.busy) return;
      const form = event.target as HTMLFormElement;
      this.busy = name;
      this.said = { ...this.said, [name]: '' };
      try {
        await what(Object.fromEntries([...new FormData(form)].map(([k, v]) => [k, String(v)])), form);
      } catch (error) {
        this.said = { ...this.said, [name]: words(error) };
      }
      this.busy = '';
    };
  }

  updated(): void {
    const title = this.heading;
    document.title = title ? `${title} – Labwright` : 'Labwright';
  }

  render() {
    if (this.failed) return problem(this.failed, () => this.begin());
    return this.ready() ? this.content() : loading();
  }
}
