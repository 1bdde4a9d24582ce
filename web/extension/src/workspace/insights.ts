// insights.ts - when a meter deserves a word: thresholds and how long they must hold (floyd-contract 5.8)
//
// Memory and disk are judged by their latest value.  A GPU is judged over time: it is a pity about a machine
// that was paid for and does little; one sample above the threshold begins the count anew, and so does a hole
// in the samples (nobody was there to measure).
import type { ISample } from './api';
import type { IMeter, MeterId } from './meters';

export type Level = 'info' | 'warning' | 'alert';

export interface IInsight {
  level: Level;
  /** The threshold that was passed, in percent. */
  threshold: number;
  /** For how long, if that matters. */
  minutes?: number;
}

interface IRule extends IInsight {
  /** True: too much; false: too little. */
  above: boolean;
}

const HOLE_SECONDS = 60;

// From the worst to the mildest; the first that holds is told.
const full: IRule[] = [
  { level: 'alert', above: true, threshold: 95 },
  { level: 'warning', above: true, threshold: 90 },
  { level: 'info', above: true, threshold: 75 }
];
const rules: Partial<Record<MeterId, IRule[]>> = {
  mem: full,
  disk: full,
  gpu: [
    { level: 'alert', above: false, threshold: 80, minutes: 30 },
    { level: 'warning', above: false, threshold: 70, minutes: 15 },
    { level: 'info', above: false, threshold: 70, minutes: 5 }
  ]
};

/** For how many seconds, up to the last sample, METER has been on the side of THRESHOLD that RULE is about. */
function heldFor (rule: IRule, meter: IMeter, samples: readonly ISample[]): number {
  const last = samples[samples.length - 1].t;
  let since = last;
  for (let i = samples.length - 1; i >= 0; i--) {
    const value = meter.percent(samples[i]);
    const holds = value !== null && (rule.above ? value > rule.threshold : value < rule.threshold);
    if (!holds || since - samples[i].t > HOLE_SECONDS) break;
    since = samples[i].t;
  }
  return last - since;
}

function holds (rule: IRule, meter: IMeter, samples: readonly ISample[]): boolean {
  if (rule.minutes !== undefined) return heldFor(rule, meter, samples) >= 60 * rule.minutes;
  const value = meter.percent(samples[samples.length - 1]);
  return value !== null && (rule.above ? value > rule.threshold : value < rule.threshold);
}

/** What METER's SAMPLES, in order of time, deserve to be told; null: nothing. */
export function insight (meter: IMeter, samples: readonly ISample[]): IInsight | null {
  if (samples.length === 0) return null;
  const rule = rules[meter.id]?.find(r => holds(r, meter, samples));
  if (!rule) return null;
  const { level, threshold, minutes } = rule;
  return minutes === undefined ? { level, threshold } : { level, threshold, minutes };
}
