import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';
import type { ISample } from './api';
import { insight } from './insights';
import { meters, MeterId } from './meters';

const all = meters(nullTranslator.load('labwright'));
const meter = (id: MeterId) => all.find(m => m.id === id)!;
const at = (t: number, what: Partial<ISample>): ISample =>
  ({ t, cpu: 0, cpu_limit: 1, mem: 0, mem_limit: 100, disk: 0, disk_limit: 100, ...what });
const gpu = (t: number, util: number) => at(t, { gpu: [{ util, mem: 0, mem_total: 1 }] });

/** One sample each ten seconds for so many minutes, both ends included. */
function steady (minutes: number, util: number, begin = 0): ISample[] {
  return Array.from({ length: minutes * 6 + 1 }, (_, i) => gpu(begin + i * 10, util));
}

describe('memory and disk', () => {
  it.each([[75, undefined], [75.1, 'info'], [90, 'info'], [90.1, 'warning'], [95, 'warning'], [95.1, 'alert'], [100, 'alert']])(
    '%d %% is %s', (value, level) => {
      expect(insight(meter('mem'), [at(0, { mem: value })])?.level).toBe(level);
      expect(insight(meter('disk'), [at(0, { disk: value })])?.level).toBe(level);
    });
  it('are judged by the latest value', () => {
    expect(insight(meter('mem'), [at(0, { mem: 99 }), at(1, { mem: 10 })])).toBeNull();
    expect(insight(meter('mem'), [at(0, { mem: 10 }), at(1, { mem: 99 })])).toEqual({ level: 'alert', threshold: 95 });
  });
});

describe('a GPU', () => {
  it.each([[4, 10, undefined], [5, 69.9, 'info'], [5, 70, undefined], [14, 10, 'info'], [15, 10, 'warning'], [29, 10, 'warning'],
    [30, 10, 'alert'], [30, 79.9, 'alert'], [29, 79.9, undefined], [30, 80, undefined]])(
    '%d minutes at %d %% are %s', (minutes, util, level) => {
      expect(insight(meter('gpu'), steady(minutes, util))?.level).toBe(level);
    });
  it('that worked for a moment is counted anew', () => {
    const samples = steady(20, 5);
    samples[samples.length - 10] = gpu(samples[samples.length - 10].t, 95);
    expect(insight(meter('gpu'), samples)).toBeNull();
  });
  it('that nobody measured for a while is counted anew', () => {
    expect(insight(meter('gpu'), [...steady(20, 5), ...steady(6, 5, 1261)])?.level).toBe('info');
    expect(insight(meter('gpu'), [...steady(20, 5), ...steady(6, 5, 1260)])?.level).toBe('warning');
  });
  it('tells for how long', () => {
    expect(insight(meter('gpu'), steady(16, 5))).toEqual({ level: 'warning', threshold: 70, minutes: 15 });
  });
  it('that is not there is not told about', () => {
    expect(insight(meter('gpu'), Array.from({ length: 300 }, (_, i) => at(i * 10, {})))).toBeNull();
  });
});

it('the CPU is nobody’s business', () => expect(insight(meter('cpu'), [at(0, { cpu: 1 })])).toBeNull());
it('no samples, no insight', () => expect(insight(meter('mem'), [])).toBeNull());
