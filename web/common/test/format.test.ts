import { expect, test } from 'vitest';
import { ago, bytes, clock, span } from '../src/format';

test.each([[0, '0 B'], [1023, '1023 B'], [1024, '1.0 KB'], [1536, '1.5 KB'], [10240, '10 KB'], [1048570, '1.0 MB'], [5e12, '4.5 TB'], [null, '–'], [-1, '–']])('bytes (%s)', (n, text) => {
  expect(bytes(n)).toBe(text);
});
test.each([[0, '0:00:00'], [61.9, '0:01:01'], [3600 * 30 + 5, '30:00:05'], [-4, '0:00:00']])('clock (%s)', (n, text) => {
  expect(clock(n)).toBe(text);
});
test.each([[12, '12 s'], [90, '2 min'], [7200, '2 h'], [12000, '3 h 20 min'], [400000, '111 h']])('span (%s)', (n, text) => {
  expect(span(n)).toBe(text);
});
test('ago', () => {
  const now = Date.parse('2026-11-23T12:00:00Z');
  expect([ago('2026-11-23T11:59:30Z', now), ago('2026-11-23T11:00:00Z', now), ago('2026-11-22T11:00:00Z', now), ago('2026-11-20T11:00:00Z', now), ago('2026-01-02T00:00:00Z', now), ago(null, now), ago('nonsense', now)])
    .toEqual(['just now', '1 h ago', 'yesterday', '3 days ago', '2026-01-02', 'never', 'never']);
});
