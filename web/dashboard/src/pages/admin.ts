// admin.ts - for administrators: who uses what now, people, usage, machines and their queue, and who did what

import { html, nothing } from 'lit';
import { ago, attempt, bytes, empty, icon, problem, span, type AuditRow, type Now, type Usage, type User, type Workspace } from '@labwright/common';
import { alert } from './login';
import { Page, client, store } from '../page';
import { specs } from '../parts/offers';
import { shutdownDrop } from '../parts/workspace-actions';
import { machineTitle } from '../parts/workspace-rows';
import { projectPath, workspacePath } from '../router';

const TABS = [['', 'Now'], ['users', 'Users'], ['usage', 'Usage'], ['machines', 'Machines'], ['audit', 'Audit log']] as const;
const day = (d: Date): string => d.toISOString().slice(0, 10);

export class AdminPage extends Page {
  static properties = { ...Page.properties, now: { state: true }, users: { state: true }, usage: { state: true }, audit: { state: true }, dialog: { state: true }, from: { state: true }, to: { state: true } };
  now: Now | null = null;
  users: User[] | null = null;
  usage: Usage | null = null;
  audit: AuditRow[] | null = null;
  dialog: '' | 'add' | User = '';
  to = day(new Date());
  from = `${this.to.slice(0, 8)}01`;
  private timer: ReturnType<typeof setTimeout> | undefined;

  get heading(): string {
    return 'Administration';
  }
  get key(): string {
    return this.place.params.tab ?? '';
  }

  async load(): Promise<void> {
    if (!store.session?.user?.admin) throw new Error('This page is for administrators. Ask one of them if you need something here.');
    await store.fetchOffers().catch(() => undefined);
    const tab = this.key;
    if (tab === 'users') this.users = await client.users();
    else if (tab === 'usage') this.usage = await client.usage(this.from, this.to);
    else if (tab === 'audit') this.audit = await client.audit();
    else await this.loadNow();
    this.until(store.hear(event => event.kind.startsWith('workspace.') && event.kind !== 'workspace.metrics' && this.soon()));
  }

  private async loadNow(): Promise<void> {
    try {
      this.now = await client.now();
    } catch (error) {
      if ((error as { status?: number }).status !== 404) throw error;
      this.now = { workspaces: await client.workspaces({ all: 1 }) };
    }
  }

  /** Many events at once are one request. */
  private soon(): void {
    clearTimeout(this.timer);
    if (this.key === '' || this.key === 'machines') this.timer = setTimeout(() => void this.loadNow().catch(() => undefined), 200);
  }

  disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.timer);
  }

  private readonly addUser = this.submit('add', async ({ username, email, password, admin }) => {
    await client.makeUser({ username: username.trim(), email, password, admin: admin === 'on' });
    this.dialog = '';
    this.users = await client.users();
  });

  private readonly resetPassword = this.submit('reset', async ({ password }) => {
    const user = this.dialog as User;
    await client.changeUser(user.username, { password });
    this.dialog = '';
    await attempt(async () => undefined, `${user.username} has a new password; all logins of theirs have ended`);
  });

  private async change(user: User, fields: Record<string, unknown>, done: string): Promise<void> {
    await attempt(async () => {
      await client.changeUser(user.username, fields);
      this.users = await client.users();
    }, done);
  }

  // ---- now ----

  private host() {
    const h = this.now!.host;
    return html`${h ? html`<section class="box"><div class="meters three"><lw-meter label="CPU of the host" .value=${h.load} .max=${h.cpus} text="load ${h.load.toFixed(1)} of ${h.cpus}"></lw-meter>
        <lw-meter label="Memory" .value=${h.memory - h.memory_free} .max=${h.memory} text="${bytes(h.memory - h.memory_free)} of ${bytes(h.memory)}"></lw-meter>
        <lw-meter label="Disk" .value=${h.disk - h.disk_free} .max=${h.disk} text="${bytes(h.disk - h.disk_free)} of ${bytes(h.disk)}"></lw-meter></div></section>` : nothing}`;
  }

  private nowTab() {
    const list = this.now!.workspaces.filter(w => !['stopped', 'failed'].includes(w.state));
    return html`${this.host()}${list.length ? html`<div class="box"><table class="list"><thead><tr><th>State</th><th>Who</th><th>Workspace</th><th>Machine</th><th class="wideonly">CPU</th><th class="wideonly">Memory</th><th>Time</th><th><span class="hidden">Actions</span></th></tr></thead><tbody>
      ${list.map(w => this.nowRow(w))}</tbody></table></div>` : empty('chip', 'Nobody uses a machine', 'Running workspaces are listed here, with what they use.')}`;
  }

  private nowRow(w: Now['workspaces'][number]) {
    const s = store.samples.get(w.id)?.at(-1) ?? w.sample;
    return html`<tr><td class="fit"><lw-state state=${w.state} .position=${w.position}></lw-state></td><td class="fit">${w.owner}</td>
      <td class="grow"><a class="strong" href=${workspacePath(w)}>${w.name}</a><span class="sub"><a class="quiet" href=${projectPath(w.project)}>${w.project.replace('/projects/', '/')}</a></span></td><td class="fit soft">${machineTitle(w.instance_type)}</td>
      <td class="wideonly number soft">${s ? s.cpu.toFixed(2) : '–'}</td><td class="wideonly number soft">${s ? bytes(s.mem) : '–'}</td>
      <td class="fit number soft"><lw-stopwatch .seconds=${w.session_seconds} .running=${w.state === 'running'}></lw-stopwatch></td><td class="fit end">${w.state === 'stopping' ? nothing : shutdownDrop(w as Workspace)}</td></tr>`;
  }

  // ---- users ----

  private usersTab() {
    const me = store.me;
    return html`<header class="line"><p class="soft">${this.users!.length} accounts. Nobody is deleted: who must not come in is disabled.</p><button type="button" class="primary" @click=${() => (this.dialog = 'add')}>${icon('plus')}Add user</button></header>
      <div class="box"><table class="list"><thead><tr><th>Name</th><th class="wideonly">E-mail</th><th>Role</th><th class="wideonly">Since</th><th><span class="hidden">Actions</span></th></tr></thead><tbody>${this.users!.map(u => html`<tr class=${u.disabled ? 'dim' : ''}>
        <td class="grow"><span class="strong">${u.username}</span>${u.disabled ? html` <span class="mark bad">disabled</span>` : nothing}${u.username === me ? html` <span class="mark">you</span>` : nothing}</td><td class="wideonly soft">${u.email}</td><td class="fit">${u.admin ? 'Admin' : 'User'}</td><td class="fit soft wideonly">${ago(u.created)}</td>
        <td class="fit end"><lw-drop label="Actions for ${u.username}"><span slot="button" class="inline">Manage${icon('chevron', 12)}</span>
          <button type="button" class="item" role="menuitem" @click=${() => (this.dialog = u)}>Set a new password…</button>
          ${u.username === me ? nothing : html`<button type="button" class="item" role="menuitem" @click=${() => this.change(u, { admin: !u.admin }, u.admin ? `${u.username} is an ordinary user now` : `${u.username} is an admin now`)}>${u.admin ? 'Make an ordinary user' : 'Make an admin'}</button>
          <button type="button" class="item ${u.disabled ? '' : 'bad'}" role="menuitem" @click=${() => this.change(u, { disabled: !u.disabled }, u.disabled ? `${u.username} may log in again` : `${u.username} is disabled; all logins of theirs have ended`)}>${u.disabled ? 'Enable' : 'Disable'}</button>`}</lw-drop></td></tr>`)}</tbody></table></div>`;
  }

  private userDialog() {
    const d = this.dialog, close = () => (this.dialog = '');
    if (!d) return nothing;
    if (d === 'add') return html`<lw-dialog heading="Add a user" @close=${close}><form autocomplete="off" @submit=${this.addUser}><label for="username">Name</label><input id="username" name="username" required maxlength="32" autocomplete="off" spellcheck="false">
      <label for="email">E-mail <span class="soft">optional</span></label><input id="email" name="email" type="email" autocomplete="off"><label for="password">First password</label><input id="password" name="password" type="password" minlength="8" required autocomplete="new-password">
      <p class="hint">At least 8 characters. They can change it under Settings.</p><label class="check"><input type="checkbox" name="admin"> Administrator</label>${alert(this.said.add)}
      <footer class="actions"><button type="button" @click=${close}>Cancel</button><button class="primary" type="submit" ?disabled=${!!this.busy}>Add user</button></footer></form></lw-dialog>`;
    return html`<lw-dialog heading="New password for ${d.username}" @close=${close}><form @submit=${this.resetPassword}><label for="password">New password</label><input id="password" name="password" type="password" minlength="8" required autocomplete="new-password"><p class="hint">At least 8 characters. All their logins end; API keys stay.</p>${alert(this.said.reset)}
      <footer class="actions"><button type="button" @click=${close}>Cancel</button><button class="primary" type="submit" ?disabled=${!!this.busy}>Set password</button></footer></form></lw-dialog>`;
  }

  // ---- usage, machines, audit ----

  private readonly range = this.submit('usage', async ({ from, to }) => {
    this.from = from;
    this.to = to;
    this.usage = await client.usage(from, to);
  });

  private usageTab() {
    const u = this.usage!, priced = u.rows.some(r => r.cost);
    return html`<form class="line" @submit=${this.range}><div class="dates"><label for="from">From</label><input type="date" id="from" name="from" .value=${this.from} required><label for="to">to</label><input type="date" id="to" name="to" .value=${this.to} required><button type="submit" ?disabled=${!!this.busy}>Show</button></div><strong>${span(u.seconds)}</strong></form>${alert(this.said.usage)}
      ${u.rows.length ? html`<div class="box"><table class="list"><thead><tr><th>Who</th><th>Machine</th><th class="number">Time</th>${priced ? html`<th class="number">Cost</th>` : nothing}<th class="number">Workspaces</th></tr></thead><tbody>${u.rows.map(r => html`<tr><td class="grow">${r.user}</td><td>${machineTitle(r.machine)}</td><td class="number">${span(r.seconds)}</td>${priced ? html`<td class="number">${(r.cost ?? 0).toFixed(2)}</td>` : nothing}<td class="number">${r.workspaces}</td></tr>`)}</tbody></table></div>` : empty('chart', 'Nothing was used', 'No machine ran in these days.')}`;
  }

  private machinesTab() {
    if (!store.machines) return problem(new Error('The list of machines cannot be had. Look for what is wrong in conf/machines.yml with labwright doctor.'), () => this.begin());
    const use = new Map(this.now?.machines?.map(m => [m.name, m])), queue = this.now?.workspaces.filter(w => w.state === 'queued') ?? [];
    return html`<div class="box"><table class="list"><thead><tr><th>Machine</th><th class="wideonly">Has</th><th>In use</th><th>Queue</th><th class="wideonly">Price</th></tr></thead><tbody>${store.machines.map(m => html`<tr class=${m.available ? '' : 'dim'}><td class="grow"><span class="strong">${m.title || m.name}</span><span class="sub">${m.why ?? m.name}</span></td>
        <td class="wideonly soft">${specs(m)}</td><td class="fit number">${use.get(m.name)?.in_use ?? m.in_use}${m.slots ? ` of ${m.slots}` : ''}</td><td class="fit number">${use.get(m.name)?.queued ?? 0}</td><td class="wideonly fit soft">${m.price_per_hour ? `${m.price_per_hour.toFixed(2)} / h` : '–'}</td></tr>`)}</tbody></table></div>
      ${queue.length ? html`<h2 class="above">Waiting</h2><div class="box"><table class="list"><tbody>${queue.sort((a, b) => (a.position ?? 0) - (b.position ?? 0)).map(w => this.nowRow(w))}</tbody></table></div>` : nothing}`;
  }

  private async older(): Promise<void> {
    await attempt(async () => (this.audit = [...this.audit!, ...(await client.audit(this.audit!.at(-1)!.seq))]));
  }

  private auditTab() {
    return html`<div class="box"><table class="list"><thead><tr><th>When</th><th>Who</th><th>What</th><th>On</th><th class="wideonly">From</th></tr></thead><tbody>${this.audit!.map(r => html`<tr><td class="fit soft" title=${r.at}>${ago(r.at)}</td><td class="fit">${r.who || '–'}</td><td class="fit"><code>${r.what}</code></td><td class="grow">${r.subject}${r.detail ? html`<span class="sub">${r.detail}</span>` : nothing}</td><td class="wideonly fit soft">${r.address}</td></tr>`)}</tbody></table></div>
      ${this.audit!.length && this.audit!.length % 100 === 0 ? html`<button type="button" @click=${this.older}>Show older</button>` : nothing}`;
  }

  ready(): boolean {
    return { users: !!this.users, usage: !!this.usage, audit: !!this.audit }[this.key] ?? !!this.now;
  }

  content() {
    const body = { users: () => this.usersTab(), usage: () => this.usageTab(), machines: () => this.machinesTab(), audit: () => this.auditTab() }[this.key] ?? (() => this.nowTab());
    return html`<div class="page"><header class="head"><h1>Administration</h1></header><nav class="tabs" aria-label="Administration">${TABS.map(([name, text]) => html`<a href="/admin${name && `/${name}`}" aria-current=${this.key === name ? 'page' : nothing}>${text}</a>`)}</nav><div class="stack wide">${body()}</div>${this.userDialog()}</div>`;
  }
}

customElements.define('lw-admin', AdminPage);
