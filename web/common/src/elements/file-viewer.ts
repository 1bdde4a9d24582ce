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
import { empty, loading } from './notes';
import { words } from './toast';

const TEXT_MAX = 512 * 1024, PICTURE_MAX = 8 * 1024 * 1024, LINES_MAX = 5000;
const PICTURES: Record<string, string> = { png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', gif: 'image/gif', webp: 'image/webp' };

interface Step {
  name: string;
  href: string;
}

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
  /** The folders one has gone into, from home on. */
  path: Step[] = [];
  folder: Directory | null = null;
  open: Entry | null = null;
  preview: Preview | null = null;
  error: unknown = null;
  private turn = 0;

  createRenderRoot(): this {
    return this;
  }

  willUpdate(changed: Map<string, unknown>): void {
    if (changed.has('workspace') && this.workspace) void this.go([]);
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

  async go(path: Step[]): Promise<void> {
    const turn = ++this.turn;
    this.forget();
    this.path = path;
    this.error = this.folder = null;
    try {
      const dir = await this.client.directory(this.workspace, path.map(s => s.href).join('/'));
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
      if (turn === this.turn) this.preview = { kind: 'none', why: words(error) };
    }
  }

  private async fetchPreview(entry: Entry): Promise<Preview> {
    const type = PICTURES[extension(entry.name)];
    if ((entry.size ?? 0) > (type ? PICTURE_MAX : TEXT_MAX)) return { kind: 'none', why: `It is too large to show here (${bytes(entry.size)}).` };
    const data = await (await this.client.file(this.workspace, this.address(entry))).arrayBuffer();
    if (type) return { kind: 'picture', url: URL.createObjectURL(new Blob([data], { type })) };
    const text = asText(data);
    return text === null ? { kind: 'none', why: 'This is not text.' } : { kind: 'text', text };
  }

  private address(entry?: Entry): string {
    return [...this.path, ...(entry ? [entry] : [])].map(s => s.href).join('/');
  }

  private crumbs() {
    const steps: Step[] = [{ name: 'home', href: '' }, ...this.path], here = this.open ? -1 : steps.length - 1;
    return html`<nav class="crumbs" aria-label="Folder"><ol>${steps.map((s, i) => html`<li>${i === here
      ? html`<span aria-current="location">${s.name}</span>`
      : html`<button type="button" class="link" @click=${() => this.go(this.path.slice(0, i))}>${s.name}</button>`}</li>`)}
      ${this.open ? html`<li><span aria-current="location">${this.open.name}</span></li>` : nothing}</ol></nav>`;
  }

  private row(entry: Entry) {
    const folder = entry.type === 'directory', shown = folder || entry.type === 'file';
    const name = html`${icon(folder ? 'folder' : entry.type === 'link' ? 'link' : 'file')}<span>${entry.name}</span>`;
    return html`<tr><td class="grow">${shown
      ? html`<button type="button" class="link name" @click=${() => (folder ? this.go([...this.path, entry]) : this.look(entry))}>${name}</button>`
      : html`<span class="name soft">${name}</span>`}</td>
      <td class="number">${folder ? '' : bytes(entry.size)}</td>
      <td class="soft narrow">${entry.modified ? ago(new Date(entry.modified * 1000).toISOString()) : ''}</td></tr>`;
  }

  private list() {
    if (this.error) return empty('warning', 'The files cannot be listed', words(this.error), html`<button type="button" @click=${() => this.go(this.path)}>Try again</button>`);
    if (!this.folder) return loading();
    if (!this.folder.files.length) return empty('folder', 'Nothing here', this.path.length ? 'This folder is empty.' : 'What you save in the workspace is listed here.');
    const order = (e: Entry) => (e.type === 'directory' ? 0 : 1);
    const items = [...this.folder.files].sort((a, b) => order(a) - order(b) || a.name.localeCompare(b.name, undefined, { numeric: true }));
    return html`<table class="files"><thead class="hidden"><tr><th>Name</th><th>Size</th><th>Changed</th></tr></thead><tbody>${items.map(e => this.row(e))}</tbody></table>
      ${this.folder.skipped_files ? html`<p class="hint">${this.folder.skipped_files} more are not listed. Download the folder to get them all.</p>` : nothing}`;
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
    const where = this.address(this.open ?? undefined), what = this.open ? '' : where ? ' folder' : ' all';
    return html`<section class="box" aria-label="Files"><header class="boxhead">${this.crumbs()}<span class="soft narrow">${this.open ? bytes(this.open.size) : ''}</span>
      <a class="button small" href=${this.client.fileAddress(this.workspace, where, true)} download>${icon('download')}Download${what}</a></header>
      ${this.open ? this.shown() : this.list()}</section>`;
  }
}

define('lw-files', FileViewer);
