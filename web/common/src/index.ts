// index.ts - what the dashboard and the panel in JupyterLab share

export * from './client';
export * from './events';
export * from './format';
export * from './icons';
export * from './markdown';
export * from './types';
export * from './elements/chart';
export * from './elements/dialog';
export * from './elements/drop';
export * from './elements/file-viewer';
export * from './elements/meter';
export * from './elements/notes';
export * from './elements/state-pill';
export * from './elements/stopwatch';
export * from './elements/toast';
