// presets.ts - what floyd.yml of a repository asks for, while a workspace is made from it

import { html, nothing, type TemplateResult } from 'lit';
import { words, type Template } from '@labwright/common';
import { client } from '../page';

export interface Presets {
  state: 'none' | 'looking' | 'seen' | 'failed';
  env: string;
  machine: string;
  description: string;
  /** Sentences for a person: what of it cannot be had, or why nothing could be read. */
  notes: string[];
}

export const NONE: Presets = { state: 'none', env: '', machine: '', description: '', notes: [] };

export function presetsOf(t: Template): Presets {
  const data = t.input.map(i => `It names the data ${i.source}, which is not attached by itself.`);
  return { state: 'seen', env: t.env ?? '', machine: t.instance_type ?? '', description: t.description, notes: [...t.notes, ...data] };
}

/** TOLD at once that it looks, and once more what it saw; never rejects: a repository that cannot be read is told when it is cloned, too. */
export async function lookAt(url: string, branch: string, told: (presets: Presets) => void): Promise<void> {
  told({ ...NONE, state: 'looking' });
  try {
    told(presetsOf(await client.template(url, branch)));
  } catch (e) {
    told({ ...NONE, state: 'failed', notes: [words(e)] });
  }
}

export function presetsField(p: Presets): TemplateResult | typeof nothing {
  if (p.state === 'looking') return html`<p class="hint" role="status">Looking at the repository…</p>`;
  const seen = p.env || p.machine;
  if (p.state === 'none' || (!seen && !p.notes.length)) return nothing;
  return html`${seen ? html`<p class="hint" role="status">Proposed by floyd.yml of the repository${p.env ? html`: <strong>${p.env}</strong>` : nothing}${p.machine ? html`${p.env ? ' on' : ':'} <strong>${p.machine}</strong>` : nothing}.</p>` : nothing}
    ${p.notes.map(note => html`<p class=${p.state === 'failed' ? 'refused' : 'hint'} role=${p.state === 'failed' ? 'alert' : nothing}>${note}</p>`)}`;
}
