// workspaces.ts - all of one's workspaces

import { html } from 'lit';
import { empty, plural } from '@labwright/common';
import { Page, store } from '../page';
import { rows } from '../parts/workspace-rows';

export class WorkspacesPage extends Page {
  get heading(): string {
    return 'Workspaces';
  }

  async load(): Promise<void> {
    await store.fetchWorkspaces();
    await store.fetchOffers().catch(() => undefined); // titles of machines only
  }

  ready(): boolean {
    return !!store.workspaces;
  }

  content() {
    const list = store.workspaces!, on = list.filter(w => w.state === 'running').length;
    return html`<div class="page"><header class="head"><h1>Workspaces</h1>${list.length ? html`<span class="soft">${plural(list.length, 'workspace')}, ${on} running</span>` : ''}</header>
      ${list.length ? rows(list, true) : empty('workspace', 'No workspaces yet', 'A workspace is JupyterLab on a machine of your choice. It is created in a project.', html`<a class="button primary" href="/projects">Choose a project</a>`)}</div>`;
  }
}

customElements.define('lw-workspaces', WorkspacesPage);
