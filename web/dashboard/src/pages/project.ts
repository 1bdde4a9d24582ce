// project.ts - a project: overview with notes, its workspaces, its settings

import { html, nothing } from 'lit';
import { ApiError, ago, empty, icon, markdown, plural, toast, type Project, type Workspace } from '@labwright/common';
import { alert } from './login';
import { badge, tags, visibility } from './projects';
import { Page, client, go, store } from '../page';
import '../parts/create-workspace';
import { rows } from '../parts/workspace-rows';
import { projectPath } from '../router';
import { isOn } from '../store';

export const splitTags = (text: string): string[] => [...new Set(text.split(',').map(t => t.trim()).filter(Boolean))];

export class ProjectPage extends Page {
  static properties = { ...Page.properties, project: { state: true }, editing: { state: true }, creating: { state: true }, removing: { state: true }, typed: { state: true } };
  project: Project | null = null;
  editing: '' | 'notes' | 'about' = '';
  creating = false;
  removing = false;
  typed = '';
  private readonly foreign = new Set<string>();

  get key(): string {
    return `${this.place.params.ns}/${this.place.params.project}`;
  }

  get heading(): string {
    return this.project?.short_name ?? '';
  }

  async load(): Promise<void> {
    const { ns, project } = this.place.params;
    this.project = await client.project(ns, project);
    this.until(store.hear(event => {
      if (event.subject !== this.project?.id) return;
      if (event.kind === 'project.update') this.project = event.body as Project;
      if (event.kind === 'project.delete') this.failed = new ApiError(404, 'not-found', 'This project was deleted.');
    }));
    const list = await client.workspaces({ family_id: this.project.id });
    list.forEach(w => { this.foreign.add(w.id); store.put(w); });
    if (!store.workspaces) await store.fetchWorkspaces();
    await store.fetchOffers().catch(() => undefined);
  }

  ready(): boolean {
    return !!this.project;
  }

  private get mine(): boolean {
    return this.project!.namespace === store.me || !!store.session?.user?.admin;
  }

  private workspaces(): Workspace[] {
    const all = new Map([...(store.workspaces ?? []), ...store.others.values()].map(w => [w.id, w]));
    return [...all.values()].filter(w => w.family_id === this.project!.id || w.project === this.project!.name);
  }

  private async change(fields: Record<string, unknown>, done: string): Promise<void> {
    const was = this.project!.name;
    this.project = await client.changeProject(this.project!, fields);
    if (store.projects) await store.fetchProjects();
    toast(done);
    this.editing = '';
    if (this.project.name !== was) go(projectPath(this.project.name, 'settings'), true);
  }

  private readonly saveNotes = this.submit('notes', ({ notes }) => this.change({ notes }, 'Notes saved'));
  private readonly saveAbout = this.submit('about', ({ description, tags: list }) => this.change({ description, tags: splitTags(list) }, 'Saved'));
  private readonly saveName = this.submit('name', ({ name }) => this.change({ name: name.trim() }, 'Renamed'));
  private readonly saveVisibility = this.submit('visibility', ({ visibility: v }) => this.change({ public: v === 'public' }, `The project is ${v} now`));

  private readonly discard = this.submit('remove', async () => {
    await client.deleteProject(this.project!);
    if (store.projects) await store.fetchProjects();
    go('/projects', true);
  });

  private async edit(what: 'notes' | 'about'): Promise<void> {
    this.editing = what;
    await this.updateComplete;
    this.querySelector<HTMLElement>('form textarea, form input')?.focus();
  }

  private newButton(primary = true) {
    return this.mine ? html`<button type="button" class=${primary ? 'primary' : ''} @click=${() => (this.creating = true)}>${icon('plus')}Create workspace</button>` : nothing;
  }

  private about(p: Project) {
    if (this.editing === 'about')
      return html`<form class="card" @submit=${this.saveAbout}><label for="description">Description</label><input id="description" name="description" maxlength="4000" .value=${p.description}>
        <label for="tags">Tags <span class="soft">with commas between</span></label><input id="tags" name="tags" .value=${p.tags.join(', ')}>${alert(this.said.about)}
        <footer class="actions"><button type="button" @click=${() => (this.editing = '')}>Cancel</button><button class="primary" type="submit" ?disabled=${!!this.busy}>Save</button></footer></form>`;
    return html`<div class="about"><p class="lead">${p.description || html`<span class="soft">No description</span>`}</p>${tags(p.tags)}
      ${this.mine ? html`<button type="button" class="link small" @click=${() => this.edit('about')}>Edit description and tags</button>` : nothing}</div>`;
  }

  private notes(p: Project) {
    const head = (action: unknown) => html`<header class="boxhead"><h2>Notes</h2>${action}</header>`;
    if (this.editing === 'notes')
      return html`<section class="box">${head(nothing)}<form class="pad" @submit=${this.saveNotes}><label class="hidden" for="notes">Notes</label>
        <textarea id="notes" name="notes" rows="14" .value=${p.notes}></textarea><p class="hint">Markdown: # heading, **bold**, - list, \`code\`, [link](https://…)</p>${alert(this.said.notes)}
        <footer class="actions"><button type="button" @click=${() => (this.editing = '')}>Cancel</button><button class="primary" type="submit" ?disabled=${!!this.busy}>Save notes</button></footer></form></section>`;
    if (!p.notes && !this.mine) return nothing;
    return html`<section class="box">${head(p.notes && this.mine ? html`<button type="button" class="small" @click=${() => this.edit('notes')}>Edit</button>` : nothing)}
      ${p.notes ? html`<div class="markdown pad">${markdown(p.notes)}</div>` : html`<div class="pad"><p class="soft">What is this project about, what was tried, what comes next?</p><button type="button" @click=${() => this.edit('notes')}>Write notes</button></div>`}</section>`;
  }

  private overview(p: Project) {
    const list = this.workspaces();
    return html`<div class="overview"><div class="main">${this.about(p)}${list.length ? html`<h2 class="above">Workspaces</h2>${rows(list.slice(0, 5), false)}`
      : empty('workspace', 'No workspaces yet', 'A workspace is JupyterLab on a machine of your choice: begin with an empty one, or with a git repository.', html`${this.newButton()}`)}${this.notes(p)}</div></div>`;
  }

  private tab(name: string, text: unknown) {
    const now = this.place.params.tab ?? '';
    return html`<a href=${projectPath(this.project!.name, name)} aria-current=${now === name ? 'page' : nothing}>${text}</a>`;
  }

  private settings(p: Project) {
    return html`<div class="stack"><form class="card" @submit=${this.saveName}><h2>Name</h2><label class="hidden" for="name">Name</label><input id="name" name="name" required maxlength="64" .value=${p.short_name} spellcheck="false" autocomplete="off">
        <p class="hint">Links to the old name stop working.</p>${alert(this.said.name)}<footer class="actions"><button type="submit" ?disabled=${!!this.busy}>Rename</button></footer></form>
      <form class="card" @submit=${this.saveVisibility}><h2>Visibility</h2><fieldset class="choices"><legend class="hidden">Visibility</legend>
        <label class="choice"><input type="radio" name="visibility" value="private" ?checked=${!p.public}>${icon('lock', 18)}<strong>Private</strong><span class="soft">Only you see it</span></label>
        <label class="choice"><input type="radio" name="visibility" value="public" ?checked=${p.public}>${icon('globe', 18)}<strong>Public</strong><span class="soft">Everybody may see it</span></label></fieldset>
        ${alert(this.said.visibility)}<footer class="actions"><button type="submit" ?disabled=${!!this.busy}>Save</button></footer></form>
      <section class="card red"><h2>Delete this project</h2><p>Its notes and settings go for good. Workspaces have to be deleted first.</p><footer class="actions"><button type="button" class="danger" @click=${() => { this.typed = ''; this.removing = true; }}>Delete project…</button></footer></section></div>`;
  }

  private removal(p: Project) {
    return html`<lw-dialog heading="Delete ${p.short_name}?" @close=${() => (this.removing = false)}><form @submit=${this.discard}><p>This cannot be undone. Type <strong>${p.short_name}</strong> to go on.</p>
      <label class="hidden" for="sure">Name of the project</label><input id="sure" data-focus autocomplete="off" spellcheck="false" @input=${(e: Event) => (this.typed = (e.target as HTMLInputElement).value)}>${alert(this.said.remove)}
      <footer class="actions"><button type="button" @click=${() => (this.removing = false)}>Cancel</button><button class="danger" type="submit" ?disabled=${this.typed !== p.short_name || !!this.busy}>Delete project</button></footer></form></lw-dialog>`;
  }

  content() {
    const p = this.project!, tab = this.place.params.tab ?? '', on = this.workspaces().filter(isOn).length, list = this.workspaces();
    return html`<div class="page"><header class="head tall">${badge(p.short_name)}<div class="grow"><p class="over"><a class="quiet" href="/projects">${p.namespace}</a> / <span class="soft">updated ${ago(p.updated)}</span></p><h1>${p.short_name}${visibility(p)}</h1></div>${this.newButton(list.length > 0)}</header>
      <nav class="tabs" aria-label="Project">${this.tab('', 'Overview')}${this.tab('workspaces', html`Workspaces${on ? html`<span class="count" aria-label="${on} running">${on}</span>` : nothing}`)}${this.mine ? this.tab('settings', 'Settings') : nothing}</nav>
      ${tab === 'settings' && this.mine ? this.settings(p) : tab === 'workspaces'
        ? (list.length ? html`<p class="soft above">${plural(list.length, 'workspace')}</p>${rows(list, false)}` : empty('workspace', 'No workspaces yet', 'Create one from scratch, or from a git repository.', html`${this.newButton()}`))
        : this.overview(p)}
      ${this.creating ? html`<lw-create-workspace project=${p.name} @close=${() => (this.creating = false)}></lw-create-workspace>` : nothing}${this.removing ? this.removal(p) : nothing}</div>`;
  }
}

customElements.define('lw-project', ProjectPage);
