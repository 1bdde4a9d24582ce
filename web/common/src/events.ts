// events.ts - what happens at the hub, as it happens: GET events, resumed where it broke off
//
// The browser reconnects by itself and says the last number it saw (Last-Event-ID). It gives up when the answer is
// not a stream (a proxy's 502 while the hub restarts); then this class begins anew, after a pause that grows to 15 s.

export interface HubEvent {
  kind: string;
  id: string;
  subject: string;
  namespace: string;
  at: string;
  body: unknown;
}

export type Listener = (event: HubEvent) => void;

/** The part of EventSource that is used; tests give their own. */
export interface Source {
  readyState: number;
  onopen: ((event: Event) => void) | null;
  onerror: ((event: Event) => void) | null;
  addEventListener(kind: string, listener: (event: MessageEvent) => void): void;
  close(): void;
}

export interface StreamOptions {
  base?: string;
  make?: (url: string) => Source;
  /** True: connected. False: it is not, and tries again. */
  onLive?: (live: boolean) => void;
  wait?: (ms: number, then: () => void) => () => void;
}

export const KINDS = [
  'project.create', 'project.update', 'project.delete', 'workspace.create', 'workspace.update', 'workspace.delete',
  'workspace.state', 'workspace.idle', 'workspace.metrics', 'workspace.oom', 'catalog.change', 'spawner.change'
];
const PAUSE_MAX = 15000;
const CLOSED = 2;

function parse(kind: string, message: MessageEvent): HubEvent | null {
  try {
    const data = JSON.parse(message.data);
    return { kind, id: message.lastEventId, subject: data.subject ?? '', namespace: data.namespace ?? '', at: data.at ?? '', body: data.body };
  } catch {
    return null;
  }
}

function later(ms: number, then: () => void): () => void {
  const timer = setTimeout(then, ms);
  return () => clearTimeout(timer);
}

export class EventStream {
  private readonly options: StreamOptions;
  private readonly listeners = new Set<Listener>();
  private source: Source | null = null;
  private cancel: (() => void) | null = null;
  private last = '';
  private pause = 500;

  constructor(options: StreamOptions = {}) {
    this.options = options;
  }

  /** Returns what ends it. */
  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  open(): void {
    this.close();
    const base = this.options.base ?? '/api/v1/';
    const url = `${base}events${this.last ? `?after=${encodeURIComponent(this.last)}` : ''}`;
    const source = (this.source = this.options.make ? this.options.make(url) : new EventSource(url));
    source.onopen = () => {
      this.pause = 500;
      this.options.onLive?.(true);
    };
    source.onerror = () => {
      this.options.onLive?.(false);
      if (source.readyState === CLOSED) this.again();
    };
    for (const kind of KINDS) source.addEventListener(kind, message => this.take(kind, message));
  }

  close(): void {
    this.cancel?.();
    this.cancel = null;
    this.source?.close();
    this.source = null;
  }

  private take(kind: string, message: MessageEvent): void {
    const event = parse(kind, message);
    if (message.lastEventId) this.last = message.lastEventId;
    if (event) this.listeners.forEach(listener => listener(event));
  }

  private again(): void {
    this.close();
    this.cancel = (this.options.wait ?? later)(this.pause, () => this.open());
    this.pause = Math.min(this.pause * 2, PAUSE_MAX);
  }
}
