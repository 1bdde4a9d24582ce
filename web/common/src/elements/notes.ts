// notes.ts - what stands where there is nothing to show: an empty state, a failure with what to do, or still loading

import { html, nothing, type TemplateResult } from 'lit';
import { ApiError } from '../client';
import { icon } from '../icons';
import { words } from './toast';

export function empty(picture: string, title: string, text: string, action?: TemplateResult): TemplateResult {
  return html`<div class="empty">${icon(picture, 28)}<h2>${title}</h2><p>${text}</p>${action ?? nothing}</div>`;
}

export function problem(error: unknown, again?: () => void): TemplateResult {
  const gone = error instanceof ApiError && error.status === 404;
  return html`<div class="empty" role="alert">${icon('warning', 28)}<h2>${gone ? 'Not found' : 'This did not work'}</h2><p>${words(error)}</p>
    ${again && !gone ? html`<button type="button" @click=${again}>Try again</button>` : html`<a class="button" href="/projects">Go to your projects</a>`}</div>`;
}

export const loading = (): TemplateResult => html`<div class="loading" role="status"><span class="hidden">Loading</span></div>`;
