// create-workspace.ts - <lw-create-workspace project=…>: from scratch or from git, then environment and machine

import { html, nothing } from 'lit';
import { icon, loading, problem } from '@labwright/common';
import { alert } from '../pages/login';
import { Page, client, go, store } from '../page';
import { workspacePath } from '../router';
import { NONE, lookAt, presetsField, type Presets } from './presets';
import { environmentField, firstMachine, machineField } from './offers';

/** What git can fetch without anybody's credentials. */
export function checkGitUrl(url: string): string {
  if (!/^https?:\/\/[^\s/]+\/\S+$/.test(url))
    return 'Give the address that you would clone, such as https://github.com/owner/repository.';
  return /\/\/[^/@]*:[^/@]*@/.test(url) ? 'Leave out the name and password: only public repositories can be imported here.' : '';
}

export class CreateWorkspace extends Page {
  static properties = { ...Page.properties, project: {}, step: { state: true }, from: { state: true }, presets: { state: true }, env: { state: true }, machine: { state: true } };
  project = '';
  step = 1;
  from: 'blank' | 'git' = 'blank';
  env = '';
  machine = '';
  presets: Presets = NONE;
  private git = { url: '', branch: '' };

  async load(): Promise<void> {
    await store.fetchOffers();
    this.machine ||= firstMachine(store.machines);
  }

  /** The title of the page below stays. */
  updated(): void {}

  private close(): void {
    this.dispatchEvent(new CustomEvent('close'));
  }

  private async step2(): Promise<void> {
    this.step = 2;
    await this.updateComplete;
    this.querySelector<HTMLElement>('select, input')?.focus();
  }

  private readonly first = this.submit('first', async ({ git_url, git_branch }) => {
    if (this.from === 'git') {
      const bad = checkGitUrl((git_url ?? '').trim());
      if (bad) throw new Error(bad);
      this.git = { url: git_url.trim(), branch: (git_branch ?? '').trim() };
      this.inspect();
    } else {
      this.presets = NONE;
      this.git = { url: '', branch: '' };
    }
    await this.step2();
  });

  /** Not waited for; of a repository that was given up meanwhile nothing is taken. */
  private inspect(): void {
    const asked = this.git, before = [this.machine, this.env];
    void lookAt(asked.url, asked.branch, presets => {
      if (this.git !== asked) return;
      this.presets = presets;
      if (presets.env && this.env === before[1]) this.env = presets.env;
      if (presets.machine && this.machine === before[0]) this.machine = presets.machine;
    });
  }

  private readonly create = this.submit('create', async ({ name }) => {
    const w = await client.makeWorkspace({
      family_id: this.project, instance_type: this.machine, ...(this.env ? { env: this.env } : {}), ...(name.trim() ? { name: name.trim() } : {}),
      ...(this.git.url ? { git_url: this.git.url } : {}), ...(this.git.branch ? { git_branch: this.git.branch } : {})
    });
    store.put(w);
    this.close();
    go(workspacePath(w));
  });

  private origin(value: 'blank' | 'git', picture: string, title: string, text: string) {
    return html`<label class="choice"><input type="radio" name="from" value=${value} .checked=${this.from === value} ?data-focus=${this.from === value} @change=${() => (this.from = value)}>
      ${icon(picture, 22)}<strong>${title}</strong><span class="soft">${text}</span></label>`;
  }

  private one() {
    return html`<form @submit=${this.first} novalidate><fieldset class="choices"><legend class="hidden">Begin with</legend>
        ${this.origin('blank', 'blank', 'Start from scratch', 'An empty home with a first notebook')}
        ${this.origin('git', 'git', 'Import from git', 'The files of a public repository')}</fieldset>
      ${this.from === 'git' ? html`<label for="git_url">Repository</label><input id="git_url" name="git_url" type="url" .value=${this.git.url} placeholder="https://github.com/owner/repository" spellcheck="false" autocomplete="off">
        <label for="git_branch">Branch <span class="soft">optional</span></label><input id="git_branch" name="git_branch" .value=${this.git.branch} spellcheck="false" autocomplete="off">` : nothing}
      ${alert(this.said.first)}
      <footer class="actions"><button type="button" @click=${this.close}>Cancel</button><button class="primary" type="submit">Next</button></footer></form>`;
  }

  private two() {
    const machine = store.machines!.find(m => m.name === this.machine);
    return html`<form @submit=${this.create}>${presetsField(this.presets)}
      ${environmentField(store.environments, this.env, machine, name => (this.env = name))}
      ${store.machines!.length ? machineField(store.machines!, this.machine, name => (this.machine = name))
        : html`<p class="refused" role="alert">There is no machine. An administrator adds them in conf/machines.yml.</p>`}
      <label for="wname">Name <span class="soft">optional</span></label><input id="wname" name="name" maxlength="100" autocomplete="off" placeholder="${this.project.split('/').at(-1)} workspace">
      ${alert(this.said.create)}
      <footer class="actions"><button type="button" class="left" @click=${() => (this.step = 1)}>${icon('back')}Back</button><button type="button" @click=${this.close}>Cancel</button>
        <button class="primary" type="submit" ?disabled=${!!this.busy || !this.machine}>${this.busy ? 'Creating…' : 'Create workspace'}</button></footer></form>`;
  }

  render() {
    const body = this.failed ? problem(this.failed, () => this.begin()) : !store.machines ? loading() : this.step === 1 ? this.one() : this.two();
    return html`<lw-dialog wide heading="Create a workspace" @close=${this.close}>${body}</lw-dialog>`;
  }
}

customElements.define('lw-create-workspace', CreateWorkspace);
