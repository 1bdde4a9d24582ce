// projects.ts - one's projects, as cards

import { html, nothing } from 'lit';
import { ago, empty, icon, plural, type Project } from '@labwright/common';
import { Page, store } from '../page';
import { projectPath } from '../router';
import { isOn } from '../store';

/** One of eight hues, the same for a name for ever. */
export const hue = (name: string): number => [...name].reduce((h, c) => (h * 31 + c.charCodeAt(0)) >>> 0, 7) % 8;
export const badge = (name: string) => html`<span class="badge hue${hue(name)}" aria-hidden="true">${name.slice(0, 2)}</span>`;
export const tags = (list: string[]) => (list.length ? html`<ul class="tags">${list.map(t => html`<li>${t}</li>`)}</ul>` : nothing);
export const visibility = (p: Project) => html`<span class="vis" title=${p.public ? 'Public: anybody who can log in may see it' : 'Private: only you may see it'}>${icon(p.public ? 'globe' : 'lock', 14)}<span class="hidden">${p.public ? 'Public' : 'Private'}</span></span>`;

export class ProjectsPage extends Page {
  static properties = { ...Page.properties, filter: { state: true } };
  filter = '';

  get heading(): string {
    return 'Projects';
  }

  async load(): Promise<void> {
    await store.fetchProjects();
    await store.fetchWorkspaces().catch(() => undefined); // the cards stand without it
  }

  ready(): boolean {
    return !!store.projects;
  }

  private card(p: Project) {
    const all = store.workspaces?.filter(w => w.project === p.name) ?? [], on = all.filter(isOn);
    return html`<li class="project"><div class="top">${badge(p.short_name)}<h2><a href=${projectPath(p.name)}>${p.namespace === store.me ? p.short_name : `${p.namespace}/${p.short_name}`}</a></h2>${visibility(p)}</div>
      <p class="text">${p.description || html`<span class="soft">No description</span>`}</p>${tags(p.tags)}
      <p class="foot"><span>${all.length ? plural(all.length, 'workspace') : 'No workspace'}</span>${on.length ? html`<lw-state state=${on[0].state}></lw-state>` : nothing}<span class="end">${ago(p.updated)}</span></p></li>`;
  }

  content() {
    const all = store.projects!, wanted = this.filter.trim().toLowerCase();
    const shown = all.filter(p => !wanted || [p.name, p.description, ...p.tags].some(t => t.toLowerCase().includes(wanted)));
    return html`<div class="page"><header class="head"><h1>Projects</h1><div class="right">
      ${all.length > 5 ? html`<input type="search" class="filter" aria-label="Filter projects" placeholder="Filter" @input=${(e: Event) => (this.filter = (e.target as HTMLInputElement).value)}>` : nothing}
      ${all.length ? html`<a class="button primary" href="/projects/create">${icon('plus')}New project</a>` : nothing}</div></header>
      ${!all.length ? empty('project', 'No projects yet', 'A project holds workspaces that belong together, with notes and settings.', html`<a class="button primary" href="/projects/create">${icon('plus')}New project</a>`)
        : !shown.length ? empty('search', 'No project matches', `Nothing has “${this.filter.trim()}” in its name, description or tags.`)
        : html`<ul class="cards">${shown.map(p => this.card(p))}</ul>`}</div>`;
  }
}

customElements.define('lw-projects', ProjectsPage);
