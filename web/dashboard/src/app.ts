// app.ts - <lw-app>: the bar at the top and the page below it

import { LitElement, html, nothing } from 'lit';
import { attempt, empty, icon, loading } from '@labwright/common';
import { client, setRouter, store } from './page';
import { look, nextLook, setLook } from './look';
import { Router } from './router';
import './pages/login';
import './pages/projects';
import './pages/create-project';
import './pages/project';
import './pages/workspace';
import './pages/workspaces';

const PICTURE = { auto: 'auto', light: 'sun', dark: 'moon' };
const LAZY: Record<string, () => Promise<unknown>> = { settings: () => import('./pages/settings'), admin: () => import('./pages/admin') };

export class App extends LitElement {
  /** The pages whose code is there. */
  private readonly here = new Set<string>();
  private readonly router = new Router(() => void this.went());

  createRenderRoot(): this {
    return this;
  }

  connectedCallback(): void {
    super.connectedCallback();
    setRouter(this.router);
    store.watch(() => this.requestUpdate());
    void this.went(true);
  }

  /** To the heading of the new page, so that a screen reader begins there. */
  private async went(first = false): Promise<void> {
    const { page } = this.router.place;
    await LAZY[page]?.();
    this.here.add(page);
    this.requestUpdate();
    await this.updateComplete;
    if (!first) this.querySelector<HTMLElement>('main')?.focus({ preventScroll: true });
  }

  private page() {
    const { page } = this.router.place, place = this.router.place, signedIn = !!store.session?.user;
    if (!signedIn && page !== 'setup') return html`<lw-login .place=${place}></lw-login>`;
    if (page in LAZY && !this.here.has(page)) return loading();
    switch (page) {
      case 'login': return html`<lw-login .place=${place}></lw-login>`;
      case 'setup': return html`<lw-setup .place=${place}></lw-setup>`;
      case 'projects': return html`<lw-projects .place=${place}></lw-projects>`;
      case 'create': return html`<lw-create-project .place=${place}></lw-create-project>`;
      case 'project': return html`<lw-project .place=${place}></lw-project>`;
      case 'workspaces': return html`<lw-workspaces .place=${place}></lw-workspaces>`;
      case 'workspace': return html`<lw-workspace .place=${place}></lw-workspace>`;
      case 'settings': return html`<lw-settings .place=${place}></lw-settings>`;
      case 'admin': return html`<lw-admin .place=${place}></lw-admin>`;
      default: return empty('search', 'There is no such page', 'The address may be wrong, or what it showed was deleted.', html`<a class="button" href="/projects">Go to your projects</a>`);
    }
  }

  private tab(href: string, text: string, pages: string[]) {
    return html`<a href=${href} aria-current=${pages.includes(this.router.place.page) ? 'page' : nothing}>${text}</a>`;
  }

  private async leave(): Promise<void> {
    await attempt(() => client.logout());
    location.assign('/login');
  }

  private bar() {
    const user = store.session?.user;
    if (!user) return nothing;
    const running = store.workspaces?.filter(w => w.state === 'running').length ?? 0;
    return html`<header class="bar"><a class="logo" href="/projects" aria-label="Labwright, your projects"><img src="/static/logo/logo.png" alt="" height="22"><span>Labwright</span></a>
      <nav aria-label="Main">${this.tab('/projects', 'Projects', ['projects', 'project', 'create'])}
        <a href="/workspaces" aria-current=${['workspaces', 'workspace'].includes(this.router.place.page) ? 'page' : nothing}>Workspaces${running ? html`<span class="count" aria-label="${running} running">${running}</span>` : nothing}</a>
        ${user.admin ? this.tab('/admin', 'Admin', ['admin']) : nothing}</nav>
      <div class="right">${store.live ? nothing : html`<span class="away" role="status">${icon('warning')}Reconnecting…</span>`}
        <button type="button" class="icon" title="Look: ${look()}" aria-label="Look: ${look()}. Change to ${nextLook()}" @click=${() => { setLook(nextLook()); this.requestUpdate(); }}>${icon(PICTURE[look()])}</button>
        <lw-drop label="Account of ${user.username}" tone="bar"><span slot="button" class="avatar">${user.username.slice(0, 2).toUpperCase()}</span>
          <p class="who"><strong>${user.username}</strong>${user.admin ? html` <span class="soft">admin</span>` : nothing}</p>
          <a class="item" role="menuitem" href="/settings/keys">API keys</a><a class="item" role="menuitem" href="/settings/security">Password and sessions</a>
          <button type="button" class="item" role="menuitem" @click=${this.leave}>Log out</button></lw-drop></div></header>`;
  }

  /** What keeps everybody from working is on each page of who can mend it. */
  private trouble() {
    if (!store.session?.user?.admin) return nothing;
    const { spawner, host } = store, banner = (title: string, text: string) => html`<div class="banner bad" role="alert">${icon('warning')}<p><strong>${title}</strong> ${text}</p></div>`;
    const full = host && host.disk > 0 && host.disk_free < host.disk / 100;
    return spawner?.up === false || full ? html`<div class="troubles">${spawner?.up === false ? banner('The spawner does not run.', `What runs goes on, but nothing starts or stops. ${spawner.trouble ?? ''}`) : nothing}
      ${full ? banner('The disk of the hub is full.', 'Nothing can be saved, and nothing starts: make room where its state is.') : nothing}</div>` : nothing;
  }

  render() {
    return html`<a class="skip" href="#main" @click=${(e: Event) => { e.preventDefault(); this.querySelector('main')?.focus(); }}>Skip to content</a>
      ${this.bar()}${this.trouble()}<main id="main" tabindex="-1">${this.page()}</main>`;
  }
}

customElements.define('lw-app', App);
