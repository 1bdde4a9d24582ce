import { describe, expect, it } from 'vitest';
import { hms, secondsUntil } from './clock';

const now = Date.parse('2026-11-23T12:00:00Z');

describe('hms', () => {
  it('is a stopwatch', () => {
    expect([0, 59.9, 61, 3600, 359999].map(hms)).toEqual(['0:00:00', '0:00:59', '0:01:01', '1:00:00', '99:59:59']);
  });
  it('does not run backwards', () => expect(hms(-5)).toBe('0:00:00'));
});

describe('seconds until', () => {
  it('are counted, and never negative', () => {
    expect(secondsUntil('2026-11-23T12:05:00Z', now)).toBe(300);
    expect(secondsUntil('2026-11-23T11:59:00Z', now)).toBe(0);
  });
  it('are none without a time', () => {
    for (const no of [null, undefined, '', 'soon']) expect(secondsUntil(no, now)).toBeNull();
  });
});
