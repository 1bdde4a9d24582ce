// workspace.ts - one workspace: its state and what can be done, what it uses, its files when stopped, its settings

import { html, nothing } from 'lit';
import { ago, attempt, bytes, icon, toast, type Point, type Sample, type Workspace } from '@labwright/common';
import { alert } from './login';
import { Page, client, go, store } from '../page';
import { RestartDialog, enter, shutdownDrop, start } from '../parts/workspace-actions';
import { machineTitle } from '../parts/workspace-rows';
import { projectPath, workspacePath } from '../router';
import { isOn } from '../store';

void RestartDialog;
const TIMEOUTS: [number | null, string][] = [[900, '15 minutes'], [1800, '30 minutes'], [3600, '1 hour'], [7200, '2 hours'], [null, 'Never']];
const STEPS = [['machine', 'Allocating machine'], ['data', 'Loading files'], ['jupyter', 'Starting Jupyter']] as const;

export const percent = (v: number, of: number): string => (of > 0 ? `${Math.round((v / of) * 100)} %` : '–');
export const secondsLeft = (w: Workspace, now = Date.now()): number | null =>
  w.state === 'running' && w.idle?.warn && w.idle.stops_at ? Math.max(0, (Date.parse(w.idle.stops_at) - now) / 1000) : null;
const limitLeft = (w: Workspace, now = Date.now()): number | null =>
  w.state === 'running' && w.session_limit?.warn ? Math.max(0, (Date.parse(w.session_limit.stops_at) - now) / 1000) : null;

export class WorkspacePage extends Page {
  static properties = { ...Page.properties, restarting: { state: true }, removing: { state: true }, config: { state: true }, seconds: { state: true } };
  restarting = false;
  removing = false;
  config = '';
  seconds = 600;
  private sampled = '';

  get key(): string {
    return this.place.params.id;
  }

  private get item(): Workspace | undefined {
    return store.find(this.place.params.id);
  }

  get heading(): string {
    return this.item?.name ?? '';
  }

  async load(): Promise<void> {
    const id = this.place.params.id;
    const w = await client.workspace(id);
    store.put(w);
    if (!store.workspaces) await store.fetchWorkspaces();
    await store.fetchOffers().catch(() => undefined); // titles only
    const deleted = store.hear(event => {
      if (event.kind === 'workspace.delete' && event.subject === w.id) go(projectPath(w.project, 'workspaces'), true);
    });
    const timer = setInterval(() => (this.item?.idle || this.item?.session_limit) && this.requestUpdate(), 1000); // the countdown
    this.until(() => { deleted(); clearInterval(timer); });
  }

  ready(): boolean {
    return !!this.item;
  }

  willUpdate(): void {
    super.willUpdate();
    const w = this.item;
    if (w?.state === 'running' && this.sampled !== w.id) {
      this.sampled = w.id;
      store.fetchSamples(w.id).catch(() => undefined); // the figures are missing, and the page says so
    } else if (w && !isOn(w)) {
      this.sampled = ''; // of the next session there are others
    }
  }

  private readonly saveName = this.submit('name', async ({ name }) => {
    store.put(await client.renameWorkspace(this.item!.id, name.trim()));
    toast('Renamed');
  });

  private readonly saveIdle = this.submit('idle', async ({ idle }) => {
    await client.changeSettings(this.item!.id, idle === 'off' ? null : Number(idle));
    await store.fetchWorkspace(this.item!.id);
    toast('Saved');
  });

  private readonly discard = this.submit('remove', async () => {
    const w = this.item!;
    await client.deleteWorkspace(w.id);
    go(projectPath(w.project, 'workspaces'), true);
    store.forget(w.id);
  });

  private async keep(): Promise<void> {
    const w = this.item!;
    await attempt(async () => {
      await client.keepalive(w.id);
      await store.fetchWorkspace(w.id);
    }, 'The idle time begins anew');
  }

  // ---- the parts ----

  private banner(w: Workspace) {
    const left = secondsLeft(w), limit = limitLeft(w);
    if (limit !== null && (left === null || limit <= left))
      return html`<div class="banner" role="alert">${icon('warning')}<p><strong>Shuts down in <lw-stopwatch .seconds=${Math.round(limit)}></lw-stopwatch></strong> ${w.session_limit!.because} Files are kept; restarted, it has a new session.</p>
        <button type="button" class="small" @click=${() => (this.restarting = true)}>Switch or restart…</button></div>`;
    if (left === null) return nothing;
    return html`<div class="banner" role="alert">${icon('warning')}<p><strong>Idle: shuts down in <lw-stopwatch .seconds=${Math.round(left)}></lw-stopwatch></strong> ${w.idle!.because}</p>
      <a class="button small" href=${workspacePath(w, 'settings')}>Change the setting</a><button type="button" class="small primary" @click=${this.keep}>I am still working</button></div>`;
  }

  private actions(w: Workspace) {
    if (w.owner !== store.me && !store.session?.user?.admin) return nothing;
    const on = w.state === 'running';
    if (on) return html`${shutdownDrop(w)}<button type="button" @click=${() => (this.restarting = true)} aria-haspopup="dialog">${icon('restart')}Switch or restart</button>
      <button type="button" class="primary" @click=${() => enter(w)}>${icon('link')}Open</button>`;
    if (w.state === 'queued' || w.state === 'starting') return shutdownDrop(w);
    if (w.state === 'stopping') return nothing;
    return html`<button type="button" @click=${() => (this.restarting = true)} aria-haspopup="dialog">Start on…</button><button type="button" class="primary" @click=${() => start(w)}>${icon('play', 14)}Resume</button>`;
  }

  private facts(w: Workspace) {
    const fact = (name: string, value: unknown) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`;
    return html`<dl class="facts">${fact('Machine', machineTitle(w.instance_type))}${fact('Environment', w.env)}
      ${isOn(w) ? fact('Session', html`<lw-stopwatch .seconds=${w.session_seconds} .running=${w.state === 'running'}></lw-stopwatch>`) : fact('Last used', ago(w.updated))}
      ${w.size ? fact('Files', bytes(w.size)) : nothing}${w.owner === store.me ? nothing : fact('Owner', w.owner)}${w.git_url ? fact('From', html`<span class="clip" title=${w.git_url}>${w.git_url.replace(/^https?:\/\//, '')}</span>`) : nothing}</dl>`;
  }

  private progress(w: Workspace) {
    const at = w.state === 'queued' ? 0 : Math.max(0, STEPS.findIndex(([step]) => step === w.progress?.step));
    const queued = w.state === 'queued';
    return html`<section class="box progress" aria-live="polite"><ol>${STEPS.map(([, text], i) => html`<li class=${i < at ? 'done' : i === at ? 'now' : ''} aria-current=${i === at ? 'step' : nothing}>
        <span class="dot">${i < at ? icon('check', 12) : i + 1}</span>${text}${i === 1 && i === at && w.progress?.percent ? ` ${w.progress.percent} %` : ''}</li>`)}</ol>
      <p class="soft">${queued ? (w.position ? `Number ${w.position} in the queue. ` : '') + (w.reason ? `${w.reason}. It starts by itself as soon as it can.` : 'It starts as soon as a machine is free. You may leave this page.') : w.reason || 'This takes a few seconds the first time.'}</p></section>`;
  }

  private gpus(s: Sample, list: Sample[]) {
    return (s.gpu ?? []).map((g, i) => html`<div class="cell"><lw-chart label="GPU ${s.gpu!.length > 1 ? i + 1 : ''}" .max=${100} .seconds=${this.seconds} .show=${(v: number) => `${Math.round(v)} %`}
      .points=${list.map((p): Point => [p.t, p.gpu?.[i]?.util ?? 0])}></lw-chart></div>
      <div class="cell"><lw-chart label="GPU memory" .max=${g.mem_total} .seconds=${this.seconds} .show=${(v: number) => `${bytes(v)} of ${bytes(g.mem_total)}`}
      .points=${list.map((p): Point => [p.t, p.gpu?.[i]?.mem ?? 0])}></lw-chart></div>`);
  }

  private use(w: Workspace) {
    const list = store.samples.get(w.id) ?? [], s = list.at(-1);
    if (!s) return html`<section class="box"><header class="boxhead"><h2>Use</h2></header><p class="pad soft">The first figures come within seconds of the start.</p></section>`;
    const of = (v: number, max: number) => (max > 0 ? `${bytes(v)} of ${bytes(max)}` : bytes(v));
    const chart = (label: string, value: (p: Sample) => number, max: number, show: (v: number) => string): unknown => html`<div class="cell"><lw-chart label=${label} .max=${max} .seconds=${this.seconds} .show=${show}
      .points=${list.map((p): Point => [p.t, value(p)])}></lw-chart></div>`;
    return html`<section class="box"><header class="boxhead"><h2>Use</h2><div class="segments" role="group" aria-label="How far back">${[600, 3600].map(n => html`<button type="button" aria-pressed=${this.seconds === n} @click=${() => (this.seconds = n)}>${n / 60} min</button>`)}</div></header>
      <div class="charts">${chart('CPU', p => p.cpu, s.cpu_limit, v => (s.cpu_limit ? `${v.toFixed(2)} of ${Number(s.cpu_limit.toFixed(1))} cores` : `${v.toFixed(2)} cores`))}
        ${chart('Memory', p => p.mem, s.mem_limit, v => of(v, s.mem_limit))}${this.gpus(s, list)}</div>
      <div class="meters"><lw-meter label="Disk" .value=${s.disk} .max=${s.disk_limit} text=${of(s.disk, s.disk_limit)}></lw-meter><lw-meter label="Processes" .value=${s.pids} .max=${s.pids_limit ?? 0} text=${s.pids_limit ? `${s.pids} of ${s.pids_limit}` : s.pids}></lw-meter></div></section>`;
  }

  private body(w: Workspace) {
    if (w.state === 'queued' || w.state === 'starting') return this.progress(w);
    if (w.state === 'stopping') return html`<p class="soft above">${w.reason || 'It is being stopped.'}</p>${this.use(w)}`;
    if (w.state === 'running') return this.use(w);
    return html`${w.state === 'failed' ? html`<div class="banner bad" role="alert">${icon('warning')}<p><strong>It could not start.</strong> ${(w.reason || 'Your administrator finds the reason in the log').replace(/[.!?]?$/, '.')} Your files are as they were.</p></div>`
      : w.reason ? html`<p class="soft above">${w.reason}</p>` : nothing}<lw-files .client=${client} workspace=${w.id} heading=${w.name}></lw-files>`;
  }

  private async loadConfig(w: Workspace): Promise<void> {
    await attempt(async () => (this.config = await client.config(w.id)));
  }

  private settings(w: Workspace) {
    return html`<div class="stack"><form class="card" @submit=${this.saveIdle}><h2>When idle</h2><label for="idle">Shut down after</label><select id="idle" name="idle">${TIMEOUTS.map(([s, text]) => html`<option value=${s ?? 'off'} ?selected=${s === w.idle_timeout_seconds}>${text}</option>`)}</select>
        <p class="hint">Idle means: no cell runs, nothing computes, and no program works in a terminal. Files are kept.</p>${alert(this.said.idle)}<footer class="actions"><button type="submit" ?disabled=${!!this.busy}>Save</button></footer></form>
      <form class="card" @submit=${this.saveName}><h2>Name</h2><label class="hidden" for="name">Name</label><input id="name" name="name" required maxlength="100" .value=${w.name} autocomplete="off">${alert(this.said.name)}<footer class="actions"><button type="submit" ?disabled=${!!this.busy}>Rename</button></footer></form>
      <section class="card"><h2>Config file</h2><p class="soft">Saved as <code>floyd.yml</code> in a repository, it makes a workspace like this one.</p>${this.config ? html`<pre class="code" tabindex="0">${this.config}</pre>` : nothing}
        <footer class="actions">${this.config ? html`<button type="button" @click=${() => attempt(() => navigator.clipboard.writeText(this.config), 'Copied')}>${icon('copy')}Copy</button>` : html`<button type="button" @click=${() => this.loadConfig(w)}>Show</button>`}</footer></section>
      <section class="card red"><h2>Delete this workspace</h2><p>All of its files go for good.</p><footer class="actions"><button type="button" class="danger" @click=${() => (this.removing = true)}>Delete workspace…</button></footer></section></div>`;
  }

  private removal(w: Workspace) {
    return html`<lw-dialog heading="Delete ${w.name}?" @close=${() => (this.removing = false)}><form @submit=${this.discard}><p>${isOn(w) ? 'It is shut down, and all' : 'All'} of its files${w.size ? ` (${bytes(w.size)})` : ''} are deleted. This cannot be undone.</p>${alert(this.said.remove)}
      <footer class="actions"><button type="button" data-focus @click=${() => (this.removing = false)}>Cancel</button><button type="submit" class="danger" ?disabled=${!!this.busy}>Delete for good</button></footer></form></lw-dialog>`;
  }

  content() {
    const w = this.item!, tab = this.place.params.tab ?? '', mine = w.owner === store.me || !!store.session?.user?.admin;
    const link = (name: string, text: string) => html`<a href=${workspacePath(w, name)} aria-current=${tab === name ? 'page' : nothing}>${text}</a>`;
    return html`<div class="page">${this.banner(w)}<header class="head tall"><div class="grow"><p class="over"><a class="quiet" href=${projectPath(w.project, 'workspaces')}>${w.project.replace('/projects/', ' / ')}</a></p>
        <h1><span class="clamp">${w.name}</span><lw-state state=${w.state} .position=${w.position}></lw-state></h1></div><div class="right">${this.actions(w)}</div></header>
      ${store.oom.has(w.id) ? html`<div class="banner bad" role="alert">${icon('warning')}<p><strong>Out of memory.</strong> ${store.oom.get(w.id)}</p><button type="button" class="small" @click=${() => { store.oom.delete(w.id); this.requestUpdate(); }}>Dismiss</button></div>` : nothing}
      ${this.facts(w)}<nav class="tabs" aria-label="Workspace">${link('', isOn(w) ? 'Overview' : 'Files')}${isOn(w) ? link('files', 'Files') : nothing}${mine ? link('settings', 'Settings') : nothing}</nav>
      ${tab === 'settings' && mine ? this.settings(w) : tab === 'files' && isOn(w) ? html`<lw-files .client=${client} workspace=${w.id} heading=${w.name}></lw-files>` : this.body(w)}
      ${this.restarting ? html`<lw-restart .workspace=${w} @close=${() => (this.restarting = false)}></lw-restart>` : nothing}${this.removing ? this.removal(w) : nothing}</div>`;
  }
}

customElements.define('lw-workspace', WorkspacePage);
