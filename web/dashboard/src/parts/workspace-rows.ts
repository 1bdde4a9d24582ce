// workspace-rows.ts - workspaces as the rows of a table

import { html, nothing } from 'lit';
import { ago, icon, machineName, type Workspace } from '@labwright/common';
import { store } from '../page';
import { projectPath, workspacePath } from '../router';
import { isOn } from '../store';
import { enter, shutdownDrop, start } from './workspace-actions';

export const machineTitle = (name: string): string => store.machines?.find(m => m.name === name)?.title || machineName(name);

export function rows(list: Workspace[], withProject: boolean) {
  const order = (w: Workspace) => (isOn(w) ? 0 : 1);
  const sorted = [...list].sort((a, b) => order(a) - order(b) || Date.parse(b.updated) - Date.parse(a.updated));
  return html`<div class="box"><table class="list"><thead><tr><th>State</th><th>Workspace</th>${withProject ? html`<th>Project</th>` : nothing}<th class="wideonly">Environment</th><th>Machine</th><th class="wideonly">Time</th><th><span class="hidden">Actions</span></th></tr></thead>
    <tbody>${sorted.map(w => row(w, withProject))}</tbody></table></div>`;
}

function row(w: Workspace, withProject: boolean) {
  const mine = w.owner === store.me || store.session?.user?.admin;
  return html`<tr><td class="fit"><lw-state state=${w.state} .position=${w.position}></lw-state></td>
    <td class="grow"><a class="strong" href=${workspacePath(w)}>${w.name}</a>${w.state === 'failed' && w.reason ? html`<span class="sub bad">${w.reason}</span>` : w.owner !== store.me ? html`<span class="sub">${w.owner}</span>` : nothing}</td>
    ${withProject ? html`<td class="grow"><a class="quiet" href=${projectPath(w.project)}>${w.project.replace('/projects/', '/')}</a></td>` : nothing}
    <td class="wideonly soft">${w.env}</td><td class="fit soft">${machineTitle(w.instance_type)}</td>
    <td class="wideonly number soft">${isOn(w) ? html`<lw-stopwatch .seconds=${w.session_seconds} .running=${w.state === 'running'}></lw-stopwatch>` : ago(w.updated)}</td>
    <td class="fit end">${!mine ? nothing : w.state === 'running'
      ? html`<div class="inline">${shutdownDrop(w)}<button type="button" class="primary" @click=${() => enter(w)} aria-label="Open ${w.name}">Open</button></div>`
      : ['stopped', 'failed'].includes(w.state) ? html`<button type="button" @click=${() => start(w)} aria-label="Resume ${w.name}">${icon('play', 14)}Resume</button>`
      : w.state === 'queued' || w.state === 'starting' ? shutdownDrop(w) : nothing}</td></tr>`;
}
