// offers.ts - the fields with which an environment and a machine are chosen

import { html, nothing, type TemplateResult } from 'lit';
import { bytes, icon, plural, type Environment, type Machine } from '@labwright/common';

/** Those that can run on the machine, the default first. */
export function environmentsFor(all: Environment[] | null, machine?: Machine): Environment[] {
  const fits = (e: Environment) => (machine && machine.gpus > 0 ? (e.gpu ?? e.cpu) : e.cpu) !== null;
  return (all ?? []).filter(fits).sort((a, b) => Number(b.default) - Number(a.default) || a.title.localeCompare(b.title, undefined, { numeric: true }));
}

export function environmentField(all: Environment[] | null, chosen: string, machine: Machine | undefined, change: (name: string) => void): TemplateResult {
  const list = environmentsFor(all, machine), is = (e: Environment) => e.name === chosen || e.aliases.includes(chosen);
  const now = list.find(is) ?? (chosen ? undefined : list[0]);
  return html`<label for="env">Environment</label>
    <select id="env" name="env" @change=${(e: Event) => change((e.target as HTMLSelectElement).value)}>
      ${chosen && !now ? html`<option value=${chosen} selected>${chosen} (not for this machine)</option>` : nothing}
      ${list.map(e => html`<option value=${e.name} ?selected=${e === now}>${e.title || e.name}</option>`)}</select>
    ${now?.description ? html`<p class="hint">${now.description}</p>` : nothing}`;
}

export function specs(m: Machine): string {
  const cores = `${Number(m.cpus.toFixed(1))} ${m.cpus === 1 ? 'core' : 'cores'}`;
  return [cores, m.memory ? `${bytes(m.memory)} memory` : '', m.gpus ? plural(m.gpus, 'GPU') : ''].filter(Boolean).join(' · ');
}

/** Radio rows; what cannot be had is grey and says why. A machine whose slots are all taken can still be chosen: one queues. */
export function machineField(machines: Machine[], chosen: string, change: (name: string) => void): TemplateResult {
  return html`<fieldset class="machines"><legend>Machine</legend>${machines.map(m => html`<label class="machine ${m.available ? '' : 'off'}">
    <input type="radio" name="instance_type" value=${m.name} .checked=${m.name === chosen} ?disabled=${!m.available} @change=${() => change(m.name)}>
    <span class="pic">${icon('chip', 20)}</span>
    <span class="words"><strong>${m.title || m.name}</strong><span class="soft">${specs(m)}</span>
      ${m.why ? html`<span class="why">${m.why}</span>` : m.available && m.free === 0 ? html`<span class="why">All are in use: you would wait in the queue.</span>` : nothing}</span>
    <span class="side soft">${m.price_per_hour ? `${m.price_per_hour.toFixed(2)} / h` : ''}</span></label>`)}</fieldset>`;
}

export const firstMachine = (machines: Machine[] | null): string =>
  (machines?.find(m => m.default && m.available) ?? machines?.find(m => m.available && m.free !== 0) ?? machines?.find(m => m.available))?.name ?? '';
