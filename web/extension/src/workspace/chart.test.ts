import { describe, expect, it } from 'vitest';
import { chart, IPoint, nearest, place } from './chart';

const size = { width: 100, height: 50 };
const points = (...values: (number | null)[]): IPoint[] => values.map((value, i) => ({ t: i * 40, value }));

describe('chart', () => {
  it('goes from left to right, from 0 at the bottom to 100 at the top', () => {
    const c = chart(points(0, 50, 100, 100), size);
    expect(c.line).toBe('M0,50L33.3,25L66.7,0L100,0');
    expect(c.area).toBe('M0,50L0,50L33.3,25L66.7,0L100,0L100,50Z');
  });
  it('shows two minutes at least', () => {
    expect(chart([{ t: 60, value: 10 }, { t: 90, value: 10 }], size).from).toBe(-30);
  });
  it('leaves holes open', () => {
    expect(chart(points(10, null, 10, 10), size).line.match(/M/g)).toHaveLength(2);
    expect(chart([{ t: 0, value: 1 }, { t: 61, value: 1 }, { t: 200, value: 1 }], size).line.match(/M/g)).toHaveLength(3);
  });
  it('loses no peak of many points', () => {
    const many = Array.from({ length: 3600 }, (_, t) => ({ t, value: t === 1801 ? 100 : 0 }));
    const c = chart(many, size);
    expect(c.line.split('L').length).toBeLessThan(220);
    expect(c.line).toMatch(/,0(L|$)/);
  });
  it('is empty of nothing', () => {
    const c = chart([], size);
    expect([c.line, c.area]).toEqual(['', '']);
    expect(nearest([], c, size, 10)).toBeNull();
  });
});

describe('the pointer', () => {
  const some = points(10, null, 30, 40), c = chart(some, size);
  it('finds the point that is drawn nearest', () => {
    expect([-5, 20, 40, 70, 500].map(x => nearest(some, c, size, x)?.value)).toEqual([10, 10, 30, 30, 40]);
  });
  it('and where it is', () => expect(place(some[3], c, size)).toEqual({ x: 100, y: 30 }));
});
