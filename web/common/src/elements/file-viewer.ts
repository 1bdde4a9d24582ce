// file-viewer.ts - <lw-files .client workspace=… title=…>: the files of a stopped workspace, with breadcrumbs, preview, download
//
// Text is shown as text and pictures as pictures; everything else can be downloaded. What users wrote is never run: a
// picture comes as a blob of a picture type (SVG is not one of them), and text only ever becomes text nodes.

import { LitElement, html, nothing } from 'lit';
import type { Client } from '../client';
import { ago, bytes } from '../format';
import { icon } from '../icons';
import type { Directory, Entry } from '../types';
import { define } from './define';
import { empty, loading, problem } from './notes';

const TEXT_MAX = 512 * 1024, PICTURE_MAX = 8 * 1024 * 1024, LINES_MAX = 5000;
const PICTURES: Record<string, string> = { png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', gif: 'image/gif', webp: 'image/webp' };

const extension = (name: string) => name.slice(name.lastIndexOf('.') + 1).toLowerCase();

export type Preview = { kind: 'text'; text: string } | { kind: 'picture'; url: string } | { kind: 'none'; why: string };

/** Bytes that are UTF-8 and hold no NUL are text. */
export function asText(data: ArrayBuffer): string | null {
  const head = new Uint8Array(data);
  if (head.includes(0)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(data);
  } catch {
    return null;
  }
}

export class FileViewer extends LitElement {
  static properties = { client: { attribute: false }, workspace: {}, heading: {}, path: { state: true }, folder: { state: true }, open: { state: true },
    preview: { state: true }, error: { state: true } };
  client!: Client;
  workspace = '';
  heading = '';
  path = '';
  folder: Directory | null = null;
  open: Entry | null = null;
  preview: Preview | null = null;
  error: unknown = null;
  private turn = 0;

  createRenderRoot(): this {
    return this;
  }

  willUpdate(changed: Map<string, unknown>): void {
    if (changed.has('workspace') && this.workspace) void this.go('');
  }

  disconnectedCallback(): void {
    super.disconnectedCallback();
    this.forget();
  }

  private forget(): void {
    if (this.preview?.kind === 'picture') URL.revokeObjectURL(this.preview.url);
    this.preview = null;
    this.open = null;
  }

  async go(path: string): Promise<void> {
    const turn = ++this.turn;
    this.forget();
    this.path = path;
    this.error = this.folder = null;
    try {
      const dir = await this.client.directory(this.workspace, path);
      if (turn === this.turn) this.folder = dir;
    } catch (error) {
      if (turn === this.turn) this.error = error;
    }
  }

  private async look(entry: Entry): Promise<void> {
    const turn = ++this.turn;
    this.forget();
    this.open = entry;
    try {
      const preview = await this.fetchPreview(entry);
      if (turn === this.turn) this.preview = preview;
    } catch (error) {
      if (turn === this.turn) this.preview = { kind: 'none', why: error instanceof Error ? error.message : String(error) };
    }
  }

  private async fetchPreview(entry: Entry): Promise<Preview> {
    const type = PICTURES[extension(entry.name)];
    if ((entry.size ?? 0) > (type ? PICTURE_MAX : TEXT_MAX)) return { kind: 'none', why: `It is too large to show here (${bytes(entry.size)}).` };
    const data = await (await this.client.file(this.workspace, this.below(entry.name))).arrayBuffer();
    if (type) return { kind: 'picture', url: URL.createObjectURL(new Blob([data], { type })) };
    const text = asText(data);
    return text === null ? { kind: 'none', why: 'This is not text.' } : { kind: 'text', text };
  }

  private below(name: string): string {
    return this.path ? `${this.path}/${name}` : name;
  }

  private crumbs() {
    const parts = this.path.split('/').filter(Boolean);
    const steps = [{ name: 'home', path: '' }, ...parts.map((name, i) => ({ name, path: parts.slice(0, i + 1).join('/') }))];
    const last = this.open ? null : steps.length - 1;
    return html`<nav class="crumbs" aria-label="Folder"><ol>${steps.map((s, i) => html`<li>${i === last
      ? html`<span aria-current="location">${s.name}</span>`
      : html`<button type="button" class="link" @click=${() => this.go(s.path)}>${s.name}</button>`}</li>`)}
      ${this.open ? html`<li><span aria-current="location">${this.open.name}</span></li>` : nothing}</ol></nav>`;
  }

  private row(entry: Entry) {
    const folder = entry.type === 'directory';
    return html`<tr><td class="grow"><button type="button" class="link name" @click=${() => (folder ? this.go(this.below(entry.name)) : this.look(entry))}>
      ${icon(folder ? 'folder' : 'file')}<span>${entry.name}</span></button></td>
      <td class="number">${folder ? '' : bytes(entry.size)}</td><td class="soft narrow">${entry.updated ? ago(entry.updated) : ''}</td></tr>`;
  }

  private list() {
    if (this.error) return problem(this.error, () => this.go(this.path));
    if (!this.folder) return loading();
    if (!this.folder.items.length) return empty('folder', 'Nothing here', this.path ? 'This folder is empty.' : 'What you save in the workspace is listed here.');
    const order = (e: Entry) => (e.type === 'directory' ? 0 : 1);
    const items = [...this.folder.items].sort((a, b) => order(a) - order(b) || a.name.localeCompare(b.name, undefined, { numeric: true }));
    return html`<table class="files"><thead class="hidden"><tr><th>Name</th><th>Size</th><th>Changed</th></tr></thead><tbody>${items.map(e => this.row(e))}</tbody></table>`;
  }

  private shown() {
    if (!this.preview) return loading();
    if (this.preview.kind === 'picture') return html`<div class="picture"><img src=${this.preview.url} alt=${this.open!.name}></div>`;
    if (this.preview.kind === 'none') return empty('file', 'No preview', `${this.preview.why} Download it to see it.`);
    const lines = this.preview.text.replace(/\n$/, '').split('\n'), cut = lines.length > LINES_MAX;
    const shown = cut ? lines.slice(0, LINES_MAX) : lines;
    return html`<div class="source" tabindex="0" role="region" aria-label="Content of ${this.open!.name}"><pre class="numbers" aria-hidden="true">${shown.map((_, i) => i + 1).join('\n')}</pre><pre>${shown.join('\n')}</pre></div>
      ${cut ? html`<p class="hint">The first ${LINES_MAX} lines. Download the file to see all of it.</p>` : nothing}`;
  }

  render() {
    const where = this.open ? this.below(this.open.name) : this.path;
    return html`<section class="box" aria-label="Files"><header class="boxhead">${this.crumbs()}<span class="soft narrow">${this.open ? bytes(this.open.size) : this.folder?.size ? bytes(this.folder.size) : ''}</span>
      <a class="button small" href=${this.client.fileAddress(this.workspace, where, true)} download>${icon('download')}Download${this.open ? '' : where ? ' folder' : ' all'}</a></header>
      ${this.open ? this.shown() : this.list()}</section>`;
  }
}

define('lw-files', FileViewer);
