// clock.ts - lengths of time as people read them
const two = (n: number) => String(n).padStart(2, '0');

/** `h:mm:ss`, never negative. */
export function hms (seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}

/** Seconds from NOW (ms since 1970) until ISO; null if there is no such time. */
export function secondsUntil (iso: string | null | undefined, now: number): number | null {
  const then = iso ? Date.parse(iso) : NaN;
  return Number.isNaN(then) ? null : Math.max(0, (then - now) / 1000);
}
