import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';
import type { ISample } from './api';
import { bytes, meters } from './meters';

const all = meters(nullTranslator.load('labwright'));
const GB = 1e9;
const sample: ISample = { t: 1, cpu: 1.5, cpu_limit: 4, mem: GB, mem_limit: 4 * GB, disk: 9 * GB, disk_limit: 10 * GB };
const percents = (s: ISample) => Object.fromEntries(all.map(m => [m.id, m.percent(s)]));

describe('meters', () => {
  it('are parts of their limits', () => {
    expect(percents(sample)).toEqual({ cpu: 37.5, mem: 25, disk: 90, gpu: null, gpumem: null });
  });
  it('know two GPUs', () => {
    const gpu = [{ util: 90, mem: GB, mem_total: 8 * GB }, { util: 30, mem: 3 * GB, mem_total: 8 * GB }];
    expect(percents({ ...sample, gpu })).toMatchObject({ gpu: 60, gpumem: 25 });
  });
  it('say nothing without a limit, and never more than all', () => {
    expect(percents({ ...sample, cpu: 9, mem_limit: 0, disk_limit: NaN })).toMatchObject({ cpu: 100, mem: null, disk: null });
  });
  it('have words', () => {
    expect(all.map(m => m.words(sample)).slice(0, 3)).toEqual(['1.5 of 4 cores', '1.00 GB of 4.00 GB', '9.00 GB of 10.0 GB']);
  });
});

describe('bytes', () => {
  it('have three digits', () => {
    expect([0, 999, 1000, 9994, 9996, 99949, 99960, 999499, 999500, 5e18].map(bytes)).toEqual(
      ['0 B', '999 B', '1.00 kB', '9.99 kB', '10.0 kB', '99.9 kB', '100 kB', '999 kB', '1.00 MB', '5000 PB']);
  });
});
