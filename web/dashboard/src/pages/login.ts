// login.ts - the login, and the set-up of the first admin
//
// Plain forms in the document, with the names and autocomplete words that password managers look for; after success the
// document is loaded anew, which is when they offer to save.

import { html, nothing } from 'lit';
import { Page, client, store } from '../page';
import { next } from '../router';

const card = (title: string, text: unknown, body: unknown) => html`<div class="gate"><div class="card">
  <img src="/static/logo/logo.png" alt="" height="36"><h1>${title}</h1>${text ? html`<p class="soft">${text}</p>` : nothing}${body}</div></div>`;

export const alert = (text?: string) => (text ? html`<p class="refused" role="alert">${text}</p>` : nothing);

export class LoginPage extends Page {
  get heading(): string {
    return 'Log in';
  }

  async load(): Promise<void> {
    if (store.session?.user) location.replace(next(this.place.search, location.origin));
  }

  firstUpdated(): void {
    this.querySelector('input')?.focus();
  }

  private readonly send = this.submit('login', async ({ username, password }, form) => {
    try {
      await client.login(username, password);
    } catch (error) {
      const field = form.querySelector<HTMLInputElement>('#password')!;
      field.select();
      field.focus();
      throw error;
    }
    location.assign(this.place.page === 'login' ? next(this.place.search, location.origin) : location.href);
  });

  content() {
    const note = store.session?.setup
      ? 'Nobody has an account yet. Open the set-up address that the hub printed when it started.' : '';
    return card('Log in', note, html`<form method="post" action="/login" @submit=${this.send}>
      <label for="username">Name</label><input id="username" name="username" required autocomplete="username" autocapitalize="none" spellcheck="false">
      <label for="password">Password</label><input id="password" name="password" type="password" required autocomplete="current-password">
      ${alert(this.said.login)}
      <button class="primary" type="submit" ?disabled=${!!this.busy}>${this.busy ? 'Logging in…' : 'Log in'}</button></form>`);
  }
}

export class SetupPage extends Page {
  get heading(): string {
    return 'Set up';
  }

  firstUpdated(): void {
    [...this.querySelectorAll('input')].find(i => !i.value)?.focus();
  }

  private readonly send = this.submit('setup', async ({ repeat, ...fields }) => {
    if (repeat !== fields.password) throw new Error('The two passwords differ: type the same one twice.');
    await client.setup(fields);
    location.assign('/projects');
  });

  content() {
    if (!store.session?.setup)
      return card('Already set up', 'The first account exists. Log in with it, or ask your administrator for one.', html`<a class="button primary" href="/login">Log in</a>`);
    return card('Welcome to Labwright', 'Make the first account. It is the administrator, who adds everybody else.', html`<form method="post" action="/setup" @submit=${this.send}>
      <label for="token">Set-up token</label><input id="token" name="token" required autocomplete="off" spellcheck="false" .value=${this.place.search.get('token') ?? ''}>
      <p class="hint">The hub printed it, as the end of the set-up address.</p>
      <label for="username">Name</label><input id="username" name="username" required autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="32">
      <label for="email">E-mail <span class="soft">optional</span></label><input id="email" name="email" type="email" autocomplete="email">
      <label for="password">Password</label><input id="password" name="password" type="password" required minlength="8" autocomplete="new-password" aria-describedby="rule">
      <p class="hint" id="rule">At least 8 characters.</p>
      <label for="repeat">Password again</label><input id="repeat" name="repeat" type="password" required minlength="8" autocomplete="new-password">
      ${alert(this.said.setup)}
      <button class="primary" type="submit" ?disabled=${!!this.busy}>${this.busy ? 'Making the account…' : 'Create the account'}</button></form>`);
  }
}

customElements.define('lw-login', LoginPage);
customElements.define('lw-setup', SetupPage);
