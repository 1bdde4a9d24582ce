import { describe, expect, it } from 'vitest';
import { environmentNames } from './api';

describe('environments', () => {
  it('are those of all machines, once each', () => {
    expect(environmentNames({ cpu: { default: 'a', 'pytorch-2.5': 'b' }, gpu: { default: 'c' } }))
      .toEqual([{ name: 'default' }, { name: 'pytorch-2.5' }]);
  });
  it('of nonsense are none', () => {
    for (const bad of [null, undefined, 7, 'x', [], { cpu: null }, { cpu: 3 }]) expect(environmentNames(bad)).toEqual([]);
  });
});
