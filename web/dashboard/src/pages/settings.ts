// settings.ts - one's API keys, password and logins

import { html, nothing } from 'lit';
import { ago, attempt, empty, icon, toast, type ApiKey, type Login } from '@labwright/common';
import { alert } from './login';
import { Page, client, store } from '../page';

/** "Mozilla/5.0 (X11; Linux…) … Firefox/130.0" → "Firefox on Linux" */
export function device(agent: string): string {
  const browser = [['Edg/', 'Edge'], ['OPR/', 'Opera'], ['Firefox/', 'Firefox'], ['Chrome/', 'Chrome'], ['Safari/', 'Safari']].find(([mark]) => agent.includes(mark))?.[1];
  const system = [['Android', 'Android'], ['iPhone', 'iPhone'], ['iPad', 'iPad'], ['Windows', 'Windows'], ['Mac OS', 'macOS'], ['Linux', 'Linux']].find(([mark]) => agent.includes(mark))?.[1];
  return browser ? `${browser}${system ? ` on ${system}` : ''}` : agent.slice(0, 60) || 'Unknown';
}

export class SettingsPage extends Page {
  static properties = { ...Page.properties, keys: { state: true }, logins: { state: true }, fresh: { state: true }, revoking: { state: true } };
  keys: ApiKey[] | null = null;
  logins: Login[] | null = null;
  fresh: { name: string; key: string } | null = null;
  revoking: ApiKey | null = null;

  get heading(): string {
    return 'Settings';
  }

  private get tab(): string {
    return this.place.params.tab === 'security' ? 'security' : 'keys';
  }

  async load(): Promise<void> {
    [this.keys, this.logins] = await Promise.all([client.keys(), client.logins()]);
  }

  ready(): boolean {
    return !!this.keys;
  }

  private readonly make = this.submit('key', async ({ keyname }, form) => {
    const made = await client.makeKey(keyname.trim());
    this.fresh = { name: made.name, key: made.apikey };
    form.reset();
    this.keys = await client.keys();
    await this.updateComplete;
    this.querySelector<HTMLElement>('#fresh')?.focus();
  });

  private readonly changePassword = this.submit('password', async ({ old, fresh, repeat }, form) => {
    if (fresh !== repeat) throw new Error('The two new passwords differ: type the same one twice.');
    await client.changePassword(old, fresh);
    form.reset();
    this.logins = await client.logins();
    toast('The password is changed. All other logins have ended.');
  });

  private async revoke(key: ApiKey): Promise<void> {
    this.revoking = null;
    await attempt(async () => {
      await client.revokeKey(key.id);
      this.keys = await client.keys();
    }, `“${key.name}” is revoked`);
  }

  private async endOthers(): Promise<void> {
    await attempt(async () => {
      await client.endOtherLogins();
      this.logins = await client.logins();
    }, 'All other logins have ended');
  }

  private newKey() {
    const fresh = this.fresh;
    return fresh ? html`<div class="effect good" role="status"><strong>${icon('key')}The key “${fresh.name}”. Copy it now: it is not shown again.</strong>
      <div class="copy"><input id="fresh" readonly aria-label="The new API key" .value=${fresh.key} @focus=${(e: Event) => (e.target as HTMLInputElement).select()}><button type="button" @click=${() => attempt(() => navigator.clipboard.writeText(fresh.key), 'Copied')}>${icon('copy')}Copy</button>
      <button type="button" @click=${() => (this.fresh = null)}>Done</button></div></div>` : nothing;
  }

  private keysTab() {
    return html`<form class="card row" @submit=${this.make}><div class="grow"><label for="keyname">New API key, for</label><input id="keyname" name="keyname" required maxlength="64" autocomplete="off" placeholder="my laptop"></div>
        <button class="primary" type="submit" ?disabled=${!!this.busy}>${icon('plus')}Make a key</button>${alert(this.said.key)}</form>${this.newKey()}
      ${this.keys!.length ? html`<div class="box"><table class="list"><thead><tr><th>Name</th><th>Made</th><th>Last used</th><th><span class="hidden">Actions</span></th></tr></thead><tbody>
        ${this.keys!.map(k => html`<tr><td class="grow">${k.name}</td><td class="fit soft">${ago(k.created)}</td><td class="fit soft">${ago(k.last_used)}</td><td class="fit end"><button type="button" @click=${() => (this.revoking = k)} aria-label="Revoke ${k.name}">Revoke</button></td></tr>`)}</tbody></table></div>`
        : empty('key', 'No API keys', 'With a key, labwright login and your own programs act for you.')}`;
  }

  private securityTab() {
    const others = this.logins!.filter(l => !l.this).length;
    return html`<form class="card" method="post" @submit=${this.changePassword}><h2>Password</h2><input class="hidden" name="username" autocomplete="username" .value=${store.me} readonly tabindex="-1" aria-hidden="true">
        <label for="old">Present password</label><input id="old" name="old" type="password" required autocomplete="current-password">
        <label for="fresh-password">New password</label><input id="fresh-password" name="fresh" type="password" required minlength="8" autocomplete="new-password">
        <label for="repeat">New password again</label><input id="repeat" name="repeat" type="password" required minlength="8" autocomplete="new-password"><p class="hint">At least 8 characters. All your other logins end; API keys stay.</p>
        ${alert(this.said.password)}<footer class="actions"><button type="submit" ?disabled=${!!this.busy}>Change password</button></footer></form>
      <section class="box"><header class="boxhead"><h2>Where you are logged in</h2>${others ? html`<button type="button" class="small" @click=${this.endOthers}>Log out everywhere else</button>` : nothing}</header>
        <table class="list"><tbody>${this.logins!.map(l => html`<tr><td class="grow" title=${l.agent}>${device(l.agent)}${l.this ? html` <span class="mark">this one</span>` : nothing}</td><td class="fit soft">seen ${ago(l.seen)}</td><td class="fit soft wideonly">since ${ago(l.created)}</td></tr>`)}</tbody></table></section>`;
  }

  content() {
    const link = (name: string, text: string) => html`<a href="/settings/${name}" aria-current=${this.tab === name ? 'page' : nothing}>${text}</a>`;
    return html`<div class="page slim"><header class="head"><h1>Settings</h1></header><nav class="tabs" aria-label="Settings">${link('keys', 'API keys')}${link('security', 'Password and sessions')}</nav>
      <div class="stack">${this.tab === 'keys' ? this.keysTab() : this.securityTab()}</div>
      ${this.revoking ? html`<lw-dialog heading="Revoke “${this.revoking.name}”?" @close=${() => (this.revoking = null)}><p>Programs that use this key are refused from now on. It cannot be taken back.</p>
        <footer class="actions"><button type="button" data-focus @click=${() => (this.revoking = null)}>Cancel</button><button type="button" class="danger" @click=${() => this.revoke(this.revoking!)}>Revoke</button></footer></lw-dialog>` : nothing}</div>`;
  }
}

customElements.define('lw-settings', SettingsPage);
