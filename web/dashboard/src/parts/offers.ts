// offers.ts - the fields with which an environment and a machine are chosen

import { html, nothing, type TemplateResult } from 'lit';
import { bytes, icon, plural, type Environments, type Machine } from '@labwright/common';

/** Names that mean the same image are one choice; the default comes first. */
export function environmentNames(all: Environments | null, machine?: Machine): string[] {
  const of = all?.[machine && machine.gpus > 0 ? 'gpu' : 'cpu'] ?? all?.cpu ?? {};
  const seen = new Map<string, string>();
  for (const [name, image] of Object.entries(of)) if (!seen.has(image) || seen.get(image) === 'default') seen.set(image, name);
  const first = seen.get(of.default);
  return [...seen.values()].sort((a, b) => Number(b === first) - Number(a === first) || a.localeCompare(b, undefined, { numeric: true }));
}

export function environmentField(all: Environments | null, chosen: string, machine: Machine | undefined, change: (name: string) => void): TemplateResult {
  const names = environmentNames(all, machine), listed = chosen && chosen !== 'default' && !names.includes(chosen) ? [chosen, ...names] : names;
  return html`<label for="env">Environment</label>
    <select id="env" name="env" @change=${(e: Event) => change((e.target as HTMLSelectElement).value)}>
      ${listed.map(name => html`<option value=${name} ?selected=${name === chosen}>${name}</option>`)}</select>`;
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
  (machines?.find(m => m.available && m.free !== 0) ?? machines?.find(m => m.available))?.name ?? '';
