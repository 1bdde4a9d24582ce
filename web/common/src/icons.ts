// icons.ts - the few pictures, drawn in the colour of the text around them

import { svg, html, type TemplateResult } from 'lit';

const PATHS: Record<string, string> = {
  plus: 'M8 3v10M3 8h10',
  close: 'M4 4l8 8M12 4l-8 8',
  chevron: 'M4 6l4 4 4-4',
  back: 'M10 3L5 8l5 5',
  check: 'M3 8.5l3.5 3.5L13 5',
  folder: 'M2 4.5A1.5 1.5 0 013.5 3H6l1.5 2h5A1.5 1.5 0 0114 6.5v5a1.5 1.5 0 01-1.5 1.5h-9A1.5 1.5 0 012 11.5z',
  file: 'M4 2h5l3 3v9H4zM9 2v3h3',
  link: 'M9 3h4v4M13 3L7 9M11 9.5V13H3V5h3.5',
  download: 'M8 2.5V10M5 7.5L8 10.5l3-3M3 13.5h10',
  lock: 'M4 7.5h8V14H4zM5.5 7.5V5a2.5 2.5 0 015 0v2.5',
  globe: 'M8 2a6 6 0 100 12A6 6 0 008 2zM2 8h12M8 2c4 4 4 8 0 12M8 2c-4 4-4 8 0 12',
  play: 'M5 3.5v9l7.5-4.5z',
  stop: 'M4 4h8v8H4z',
  restart: 'M13 8a5 5 0 11-1.6-3.7M13 2.5v3h-3',
  key: 'M10.5 2.5a3 3 0 11-2.6 4.5L3 12v1.5h2.5V12H7v-1.5l1.5-1.5',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  search: 'M7 3a4 4 0 100 8 4 4 0 000-8zM10 10l3.5 3.5',
  sun: 'M8 5a3 3 0 100 6 3 3 0 000-6zM8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9',
  moon: 'M13 9.5A5.5 5.5 0 016.5 3a5.5 5.5 0 106.5 6.5z',
  auto: 'M8 2a6 6 0 100 12A6 6 0 008 2zM8 2v12M8 5h4.5M8 8h6M8 11h4.5',
  git: 'M5 3v10M5 9c0-3 6-1 6-4M11 3.5a1.5 1.5 0 100 .1M5 13.5a.5.5 0 100 .1',
  blank: 'M3 3h10v10H3zM8 5.5v5M5.5 8h5',
  chip: 'M5 5h6v6H5zM6.5 5V2.5M9.5 5V2.5M6.5 13.5V11M9.5 13.5V11M5 6.5H2.5M5 9.5H2.5M13.5 6.5H11M13.5 9.5H11',
  workspace: 'M2 3.5h12v7H2zM6 13.5h4M8 10.5v3',
  project: 'M3 3h4v4H3zM9 3h4v4H9zM3 9h4v4H3zM9 9h4v4H9z',
  people: 'M6 3a2.5 2.5 0 100 5 2.5 2.5 0 000-5zM1.5 13.5c0-3 2-4 4.5-4s4.5 1 4.5 4M10.5 3.2a2.5 2.5 0 010 4.6M12 9.8c1.6.5 2.5 1.6 2.5 3.7',
  trash: 'M3 4.5h10M6 4.5V3h4v1.5M4.5 4.5l.5 9h6l.5-9',
  warning: 'M8 2.5l6 11H2zM8 6.5v3.5M8 11.8v.2',
  chart: 'M2.5 13.5h11M3 10.5l3-4 3 2.5 4-6',
  gear: 'M8 5.5a2.5 2.5 0 100 5 2.5 2.5 0 000-5zM8 1.5v2M8 12.5v2M1.5 8h2M12.5 8h2M3.4 3.4l1.4 1.4M11.2 11.2l1.4 1.4M3.4 12.6l1.4-1.4M11.2 4.8l1.4-1.4'
};

export function icon(name: string, size = 16): TemplateResult {
  const filled = name === 'play' || name === 'stop';
  return html`<svg class="icon" width=${size} height=${size} viewBox="0 0 16 16" fill=${filled ? 'currentColor' : 'none'} stroke="currentColor"
    stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">${svg`<path d=${PATHS[name] ?? ''}></path>`}</svg>`;
}
