import { expect, test } from 'vitest';
import { presetsOf } from '../src/parts/presets';

const template = { name: 'engine', found: true, description: 'An engine', instance_type: 'gpu', env: null, input: [], notes: [] };

test('what the hub has is proposed', () => {
  expect(presetsOf(template)).toEqual({ state: 'seen', env: '', machine: 'gpu', description: 'An engine', notes: [] });
});

test('what it does not have, and data, are told', () => {
  const p = presetsOf({ ...template, notes: ['No such environment.'], input: [{ source: 'ada/mnist', destination: 'm' }] });
  expect(p.notes).toEqual(['No such environment.', 'It names the data ada/mnist, which is not attached by itself.']);
});
