// meters.ts - what the status bar can show of a sample: its part of a limit, and that in words
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ISample } from './api';

export type MeterId = 'cpu' | 'mem' | 'disk' | 'gpu' | 'gpumem';

export interface IMeter {
  id: MeterId;
  /** In the status bar. */
  label: string;
  /** Of the pop-up. */
  title: string;
  /** 0 to 100; null: the machine has no such thing, or no limit to compare with. */
  percent (s: ISample): number | null;
  /** "1.2 of 4 cores" */
  words (s: ISample): string;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Three digits and a unit: "934 MB", "1.50 GB". */
export function bytes (n: number): string {
  let unit = 0;
  while (n >= 999.5 && unit < UNITS.length - 1) {
    n /= 1000;
    unit++;
  }
  return `${unit === 0 ? Math.round(n) : n.toFixed(n < 9.995 ? 2 : n < 99.95 ? 1 : 0)} ${UNITS[unit]}`;
}

function part (used: number, limit: number): number | null {
  if (!(limit > 0) || !Number.isFinite(used)) return null;
  return Math.min(100, Math.max(0, 100 * used / limit));
}

const sum = (s: ISample, key: 'mem' | 'mem_total') => (s.gpu ?? []).reduce((n, g) => n + g[key], 0);

function gpuUse (s: ISample): number | null {
  return s.gpu?.length ? part(s.gpu.reduce((n, g) => n + g.util, 0), 100 * s.gpu.length) : null;
}

const cores = (n: number) => String(Math.round(n * 100) / 100);

export function meters (trans: TranslationBundle): IMeter[] {
  const ofBytes = (used: number, limit: number) =>
    limit > 0 ? trans.__('%1 of %2', bytes(used), bytes(limit)) : bytes(used);
  return [
    { id: 'cpu', label: trans.__('CPU'), title: trans.__('CPU'),
      percent: s => part(s.cpu, s.cpu_limit),
      words: s => trans.__('%1 of %2 cores', cores(s.cpu), cores(s.cpu_limit)) },
    { id: 'mem', label: trans.__('RAM'), title: trans.__('Memory'),
      percent: s => part(s.mem, s.mem_limit), words: s => ofBytes(s.mem, s.mem_limit) },
    { id: 'disk', label: trans.__('Disk'), title: trans.__('Disk'),
      percent: s => part(s.disk, s.disk_limit), words: s => ofBytes(s.disk, s.disk_limit) },
    { id: 'gpu', label: trans.__('GPU'), title: trans.__('GPU'),
      percent: gpuUse, words: s => trans._n('%1 GPU', '%1 GPUs', s.gpu?.length ?? 0) },
    { id: 'gpumem', label: trans.__('GPU MEM'), title: trans.__('GPU memory'),
      percent: s => part(sum(s, 'mem'), sum(s, 'mem_total')),
      words: s => ofBytes(sum(s, 'mem'), sum(s, 'mem_total')) }
  ];
}
