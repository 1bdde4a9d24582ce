// main.ts - the first file of the dashboard: who is there, and the frame around the pages

import { words } from '@labwright/common';
import './app';
import { store } from './page';

store.start().then(
  () => document.querySelector('main')!.replaceWith(document.createElement('lw-app')),
  error => {
    const text = document.createElement('p');
    text.setAttribute('role', 'alert');
    text.textContent = words(error);
    document.querySelector('main')!.replaceChildren(text);
  }
);
