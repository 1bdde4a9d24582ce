// main.ts - the first file of the dashboard: who is there, and the frame around the pages

import { words } from '@labwright/common';
import './app';
import { store } from './page';

store.start().then(
  () => document.querySelector('main')!.replaceWith(document.createElement('lw-app')),
  error => {
    const box = document.createElement('div'), heading = document.createElement('h2'), text = document.createElement('p'), again = document.createElement('button');
    box.className = 'empty';
    box.setAttribute('role', 'alert');
    heading.textContent = 'This did not work';
    text.textContent = words(error);
    again.textContent = 'Try again';
    again.addEventListener('click', () => location.reload());
    box.append(heading, text, again);
    document.querySelector('main')!.replaceChildren(box);
  }
);
