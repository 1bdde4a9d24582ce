// history.ts - the last hour of samples, in order of time, however they come
import type { ISample } from './api';

/** An hour at one a second, and some that came twice as often. */
const KEEP_SECONDS = 3600;
const KEEP = 4000;

export class History {
  get samples (): readonly ISample[] { return this.list; }

  get latest (): ISample | null { return this.list[this.list.length - 1] ?? null; }

  /** Adds what is new of MORE; what is older than the hour before the newest goes. */
  add (more: readonly ISample[]): void {
    const fresh = more.filter(s => Number.isFinite(s?.t) && !this.known.has(s.t));
    if (fresh.length === 0) return;
    const inOrder = fresh.length === 1 && fresh[0].t > (this.latest?.t ?? -Infinity);
    for (const s of fresh) this.known.add(s.t);
    this.list.push(...fresh);
    if (!inOrder) this.list.sort((a, b) => a.t - b.t);
    this.forget();
  }

  private forget (): void {
    const from = this.list[this.list.length - 1].t - KEEP_SECONDS;
    let n = Math.max(0, this.list.length - KEEP);
    while (this.list[n].t < from) n++;
    for (const s of this.list.splice(0, n)) this.known.delete(s.t);
  }

  private list: ISample[] = [];
  private readonly known = new Set<number>();
}
