// workspace-actions.ts - what is done to a workspace from its page and from the lists: open, start, restart, shut down

import { LitElement, html, nothing } from 'lit';
import { attempt, icon, loading, words, type Drop, type Restart, type Workspace } from '@labwright/common';
import { alert } from '../pages/login';
import { client, store } from '../page';
import { environmentField, machineField } from './offers';

/** Into JupyterLab, with an address that is good once. */
export async function enter(w: Workspace): Promise<void> {
  await attempt(async () => location.assign(await client.enter(w.id)));
}

export async function start(w: Workspace): Promise<void> {
  await attempt(async () => store.put(await client.start(w.id)));
}

export function shutdownDrop(w: Workspace) {
  const sure = async (event: Event) => {
    (event.target as Element).closest<Drop>('lw-drop')?.hide();
    await attempt(async () => store.put(await client.stop(w.id)));
  };
  const cancel = (event: Event) => (event.target as Element).closest<Drop>('lw-drop')?.hide();
  return html`<lw-drop kind="panel" label="Shut down ${w.name}"><span slot="button" class="inline">${icon('stop', 14)}Shut down</span>
    <p class="pop"><strong>Shut this workspace down?</strong> Files are kept. Running kernels and programs end, and what is only in their memory is lost.</p>
    <div class="actions"><button type="button" @click=${cancel}>Cancel</button><button type="button" class="danger" data-focus @click=${sure}>Shut down</button></div></lw-drop>`;
}

/** Asks the hub, before anything is done, which way it would go and what would be lost. */
export class RestartDialog extends LitElement {
  static properties = { workspace: { attribute: false }, env: { state: true }, machine: { state: true }, plan: { state: true }, error: { state: true }, busy: { state: true } };
  workspace!: Workspace;
  env = '';
  machine = '';
  plan: Restart | null = null;
  error = '';
  busy = false;
  private turn = 0;
  /** It has that machine and environment: what is left is to restart it. */
  private inPlace = false;

  createRenderRoot(): this {
    return this;
  }

  connectedCallback(): void {
    super.connectedCallback();
    this.env = this.workspace.env;
    this.machine = this.workspace.instance_type;
    store.fetchOffers().then(() => this.ask(), error => (this.error = words(error)));
  }

  private get stopped(): boolean {
    return ['stopped', 'failed'].includes(this.workspace.state);
  }

  private get wanted() {
    return { env: this.env, instance_type: this.machine, ...(this.inPlace ? { layer: 'restart' } : {}) };
  }

  private async ask(): Promise<void> {
    this.requestUpdate();
    if (this.stopped) return;
    const turn = ++this.turn;
    this.error = '';
    this.plan = null;
    this.inPlace = false;
    try {
      let plan = await client.restart(this.workspace.id, this.wanted, true);
      const inPlace = plan.layer === 'none';
      if (inPlace && turn === this.turn) plan = await client.restart(this.workspace.id, { ...this.wanted, layer: 'restart' }, true);
      if (turn !== this.turn) return;
      this.inPlace = inPlace;
      this.plan = plan;
    } catch (error) {
      if (turn === this.turn) this.error = words(error);
    }
  }

  private async act(event: Event): Promise<void> {
    event.preventDefault();
    this.busy = true;
    this.error = '';
    try {
      if (this.stopped) store.put(await client.start(this.workspace.id, this.wanted));
      else {
        const done = await client.restart(this.workspace.id, this.wanted);
        if (done.item) store.put(done.item);
      }
      this.close();
    } catch (error) {
      this.error = words(error);
    }
    this.busy = false;
  }

  private close(): void {
    this.dispatchEvent(new CustomEvent('close'));
  }

  private effect() {
    if (this.stopped) return nothing;
    if (!this.plan) return this.error ? nothing : html`<div class="effect">${loading()}</div>`;
    const { layer, because, lost } = this.plan;
    if (layer === 'gate') return html`<div class="effect good" role="status"><strong>${icon('check')}Nothing is lost.</strong> The machine changes under what runs: kernels, terminals and variables stay.</div>`;
    return html`<div class="effect warn" role="status"><strong>${icon('warning')}The workspace restarts. Files are kept.</strong>
      ${this.inPlace ? ' This is the machine and the environment that it has.' : nothing}
      ${because.length ? html` It cannot be done live because ${because.join(', and ')}.` : nothing}
      ${lost.length ? html` This would be lost:<ul>${lost.map(l => html`<li>${l}</li>`)}</ul>` : ' Kernels and terminals end.'}</div>`;
  }

  render() {
    const w = this.workspace, machine = store.machines?.find(m => m.name === this.machine), layer = this.plan?.layer;
    const verb = this.stopped ? 'Start' : layer === 'gate' ? 'Switch' : 'Restart';
    return html`<lw-dialog wide heading="${this.stopped ? 'Start' : 'Switch or restart'} ${w.name}" @close=${this.close}>
      ${!store.machines ? (this.error ? alert(this.error) : loading()) : html`<form @submit=${this.act}>
        ${environmentField(store.environments, this.env, machine, name => { this.env = name; void this.ask(); })}
        ${machineField(store.machines, this.machine, name => { this.machine = name; void this.ask(); })}
        <div aria-live="polite">${this.effect()}</div>${alert(this.error)}
        <footer class="actions"><button type="button" @click=${this.close}>Cancel</button>
          <button type="submit" class=${layer === 'restart' ? 'danger' : 'primary'} ?disabled=${this.busy || (!this.stopped && !this.plan)}>${verb}</button></footer></form>`}</lw-dialog>`;
  }
}

customElements.define('lw-restart', RestartDialog);
