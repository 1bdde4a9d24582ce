import { describe, expect, it } from 'vitest';
import type { ISample } from './api';
import { History } from './history';

const at = (t: number) => ({ t }) as ISample;
const times = (h: History) => h.samples.map(s => s.t);

describe('History', () => {
  it('keeps the order of time, and nothing twice', () => {
    const h = new History();
    h.add([at(5), at(3)]);
    h.add([at(4), at(5)]);
    h.add([at(6)]);
    expect(times(h)).toEqual([3, 4, 5, 6]);
    expect(h.latest?.t).toBe(6);
  });
  it('forgets what is older than an hour', () => {
    const h = new History();
    h.add([at(0), at(100)]);
    h.add([at(3650)]);
    expect(times(h)).toEqual([100, 3650]);
  });
  it('has a ceiling', () => {
    const h = new History();
    for (let i = 0; i < 5000; i++) h.add([at(i / 10)]);
    expect(h.samples.length).toBe(4000);
    expect(h.latest?.t).toBe(499.9);
  });
  it('takes no nonsense', () => {
    const h = new History();
    h.add([null as unknown as ISample, at(NaN), {} as ISample]);
    expect(h.latest).toBeNull();
  });
});
