// create-project.ts - a new project; with ?template= (the Run button) also a workspace in it from that repository

import { html, nothing } from 'lit';
import { icon } from '@labwright/common';
import { alert } from './login';
import { Page, client, go, store } from '../page';
import { checkGitUrl } from '../parts/create-workspace';
import { environmentField, firstMachine, machineField } from '../parts/offers';
import { NONE, lookAt, presetsField, type Presets } from '../parts/presets';
import { projectPath, workspacePath } from '../router';

/** "https://github.com/owner/My repo.git" → "My-repo" */
export function nameFrom(url: string): string {
  const last = url.replace(/[?#].*$/, '').replace(/\/+$/, '').replace(/\.git$/, '').split('/').at(-1) ?? '';
  return last.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[-.]+|[-.]+$/g, '').slice(0, 64);
}

export class CreateProjectPage extends Page {
  static properties = { ...Page.properties, machine: { state: true }, env: { state: true }, presets: { state: true } };
  machine = '';
  env = '';
  presets: Presets = NONE;

  get heading(): string {
    return 'New project';
  }

  private get template(): string {
    return this.place.search.get('template') ?? '';
  }

  async load(): Promise<void> {
    if (!this.template) return;
    await store.fetchOffers();
    this.machine ||= firstMachine(store.machines);
    if (checkGitUrl(this.template)) return;
    // Not waited for: whoever knows what to choose need not.
    const before = [this.machine, this.env];
    void lookAt(this.template, '', presets => {
      this.presets = presets;
      if (presets.env && this.env === before[1]) this.env = presets.env;
      if (presets.machine && this.machine === before[0]) this.machine = presets.machine;
    });
  }

  firstUpdated(): void {
    this.querySelector<HTMLInputElement>('#name')?.focus();
  }

  private readonly send = this.submit('create', async ({ name, description, visibility }) => {
    const project = await client.makeProject({ name: name.trim(), description, public: visibility === 'public' });
    store.putProject(project);
    if (!this.template) return go(projectPath(project.name));
    const w = await client.makeWorkspace({ family_id: project.id, git_url: this.template, instance_type: this.machine, ...(this.env ? { env: this.env } : {}) });
    store.put(w);
    go(workspacePath(w));
  });

  private visibility(value: string, picture: string, title: string, text: string, checked: boolean) {
    return html`<label class="choice"><input type="radio" name="visibility" value=${value} ?checked=${checked}>${icon(picture, 18)}<strong>${title}</strong><span class="soft">${text}</span></label>`;
  }

  content() {
    const bad = this.template && checkGitUrl(this.template), machine = store.machines?.find(m => m.name === this.machine);
    return html`<div class="page slim"><header class="head"><h1>New project</h1></header><form class="card" @submit=${this.send}>
      ${this.template ? html`<p class="from">${icon('git')}<span>From <strong>${this.template}</strong></span></p>` : nothing}${alert(bad)}
      <label for="name">Name</label><input id="name" name="name" required maxlength="64" pattern="[A-Za-z0-9_][A-Za-z0-9_.\\-]*" title="Letters, digits, and - _ . inside" autocomplete="off" spellcheck="false"
        .value=${this.place.search.get('name') ?? nameFrom(this.template)} aria-describedby="namerule"><p class="hint" id="namerule">Letters, digits, and <code>-</code> <code>_</code> <code>.</code> inside. Its full name begins with yours: ${store.me}/…</p>
      <label for="description">Description <span class="soft">optional</span></label><input id="description" name="description" maxlength="400" autocomplete="off" .value=${this.presets.description}>
      <fieldset class="choices"><legend>Visibility</legend>${this.visibility('private', 'lock', 'Private', 'Only you see it', true)}${this.visibility('public', 'globe', 'Public', 'Everybody may see it', false)}</fieldset>
      ${this.template && store.machines && !bad ? html`${presetsField(this.presets)}${environmentField(store.environments, this.env, machine, e => (this.env = e))}${machineField(store.machines, this.machine, m => (this.machine = m))}` : nothing}
      ${alert(this.said.create)}
      <footer class="actions"><a class="button" href="/projects">Cancel</a><button class="primary" type="submit" ?disabled=${!!this.busy || !!bad}>${this.busy ? 'Creating…' : 'Create project'}</button></footer></form></div>`;
  }
}

customElements.define('lw-create-project', CreateProjectPage);
