// format.ts - numbers and times as people read them

export function bytes(n: number | null | undefined): string {
  if (n === null || n === undefined || n < 0) return '–';
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let i = 0;
  while (n >= 1023.5 && i < units.length - 1) {
    n /= 1024;
    i++;
  }
  return `${i && n < 9.95 ? n.toFixed(1) : Math.round(n)} ${units[i]}`;
}

/** A stopwatch: h:mm:ss. */
export function clock(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  const two = (n: number) => String(n).padStart(2, '0');
  return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}

/** A span: "3 h 20 min". */
export function span(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  const h = Math.floor(seconds / 3600), m = Math.round((seconds % 3600) / 60);
  return h < 100 && m > 0 && m < 60 ? `${h} h ${m} min` : `${Math.round(seconds / 3600)} h`;
}

/** How long ago: "just now", "5 min ago", "3 days ago", then a date. */
export function ago(time: string | null | undefined, now = Date.now()): string {
  const at = time ? Date.parse(time) : NaN;
  if (Number.isNaN(at)) return 'never';
  const s = (now - at) / 1000;
  if (s < 60) return 'just now';
  if (s < 3600) return `${Math.floor(s / 60)} min ago`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ago`;
  if (s < 172800) return 'yesterday';
  if (s < 30 * 86400) return `${Math.floor(s / 86400)} days ago`;
  return new Date(at).toISOString().slice(0, 10);
}

export function plural(n: number, one: string, many = one + 's'): string {
  return `${n} ${n === 1 ? one : many}`;
}

const PLAIN: Record<string, string> = { cpu: 'CPU', cpu2: 'CPU 2', gpu: 'GPU', gpu2: 'GPU 2', c1: 'CPU', c2: 'CPU 2', g1: 'GPU', g2: 'GPU 2' };

/** A machine's name where its title is not at hand. */
export function machineName(name: string): string {
  return PLAIN[name] ?? name;
}
