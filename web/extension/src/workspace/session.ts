// session.ts - what this page knows of its workspace, kept fresh; no widget in here
//
//     const session = new Session(api);
//     session.changed.connect(…); session.sampled.connect(…);
//     session.show(!document.hidden);         begins; again for each change of visibility
//
// A page that is looked at listens to the hub's events, and is why the hub measures every second.  One that is
// hidden listens to nothing and asks every half minute, so that its banner is right when someone comes back.
// The hub may be away for a moment: what was known stays, and is asked for again.
import { Signal } from '@lumino/signaling';
import type { ISample, IWanted, IRestart, IWorkspace, WorkspaceApi } from './api';
import { secondsUntil } from './clock';
import { History } from './history';

const ASK_MS = 30000;
/** While the banner counts down: somebody may have gone on elsewhere. */
const ASK_SOON_MS = 10000;
const BACK_MS = [1000, 2000, 5000, 10000];

export type SessionApi = Pick<WorkspaceApi, 'item' | 'restart' | 'stop' | 'keepAlive' | 'samples' | 'events'
  | 'idleTimeout' | 'setIdleTimeout'>;

interface ITold<Body> {
  body?: Body;
}

/** The body of an event; null for what is not one. */
function told<Body> (event: Event): Body | null {
  try {
    return (JSON.parse((event as MessageEvent<string>).data) as ITold<Body>).body ?? null;
  } catch {
    return null;
  }
}

export class Session {
  readonly history = new History();
  readonly changed = new Signal<this, void>(this);
  readonly sampled = new Signal<this, void>(this);

  constructor (private readonly api: SessionApi, private readonly now: () => number = Date.now) {}

  /** null: the hub has not answered yet. */
  get item (): IWorkspace | null { return this.known; }

  /** Seconds since the session began, as of this moment. */
  get elapsed (): number {
    if (!this.known) return 0;
    const moves = this.known.state === 'running' || this.known.state === 'stopping';
    return this.known.session_seconds + (moves ? (this.now() - this.askedAt) / 1000 : 0);
  }

  /** The sample of this moment; null: nothing runs that could be measured. */
  get use (): ISample | null {
    return this.known?.state === 'running' || this.known?.state === 'stopping' ? this.history.latest : null;
  }

  /** Seconds until it is stopped for being idle, if that is near. */
  get idleLeft (): number | null {
    return this.known?.state === 'running' && this.known.idle?.warn ? secondsUntil(this.known.idle.stops_at, this.now()) : null;
  }

  /** Seconds until the session has lasted as long as it may, if that is near. */
  get limitLeft (): number | null {
    const limit = this.known?.state === 'running' ? this.known.session_limit : null;
    return limit?.warn ? secondsUntil(limit.stops_at, this.now()) : null;
  }

  show (visible: boolean): void {
    this.visible = visible;
    if (visible) this.listen();
    else this.deaf();
    void this.refresh();
  }

  dispose (): void {
    this.disposed = true;
    this.deaf();
    clearTimeout(this.asking);
    Signal.clearData(this);
  }

  async refresh (): Promise<void> {
    clearTimeout(this.asking);
    try {
      this.take(await this.api.item());
    } catch {
      // asked again below
    }
    if (this.disposed) return;
    clearTimeout(this.asking);
    this.asking = setTimeout(() => void this.refresh(), this.idleLeft === null ? ASK_MS : ASK_SOON_MS);
  }

  async keepAlive (): Promise<void> {
    await this.api.keepAlive();
    await this.refresh();
  }

  async setIdleTimeout (seconds: number | null): Promise<void> {
    await this.api.setIdleTimeout(seconds);
    await this.refresh();
  }

  async restart (wanted: IWanted): Promise<IRestart> {
    const done = await this.api.restart(wanted, false);
    await this.refresh();
    return done;
  }

  async stop (): Promise<void> {
    await this.api.stop();
    await this.refresh();
  }

  private take (item: IWorkspace): void {
    if (this.disposed || !item?.id) return;
    this.known = item;
    this.askedAt = this.now();
    this.changed.emit();
  }

  private listen (): void {
    if (this.source || this.disposed) return;
    clearTimeout(this.reopening);
    const source = this.source = this.api.events();
    source.addEventListener('open', () => {
      this.failures = 0;
      void this.refresh();
      void this.fill();
    });
    source.addEventListener('workspace.state', () => void this.refresh());
    source.addEventListener('workspace.idle', () => void this.refresh());
    source.addEventListener('workspace.update', () => void this.refresh());
    source.addEventListener('workspace.metrics', event => {
      const sample = told<ISample>(event);
      if (sample) this.sample([sample]);
    });
    // The browser comes back by itself unless the answer was not a stream.
    source.addEventListener('error', () => {
      if (source.readyState === 2 && this.source === source) this.reopen();
    });
  }

  private reopen (): void {
    this.deaf();
    const pause = BACK_MS[Math.min(this.failures++, BACK_MS.length - 1)];
    this.reopening = setTimeout(() => { if (this.visible) this.listen(); }, pause);
  }

  private deaf (): void {
    clearTimeout(this.reopening);
    this.source?.close();
    this.source = null;
  }

  /** What was measured before this page listened. */
  private async fill (): Promise<void> {
    try {
      this.sample(await this.api.samples(this.history.latest?.t ?? 0));
    } catch {
      // the chart begins with what comes
    }
  }

  private sample (more: readonly ISample[]): void {
    if (this.disposed) return;
    this.history.add(more);
    this.sampled.emit();
  }

  private known: IWorkspace | null = null;
  private askedAt = 0;
  private visible = false;
  private disposed = false;
  private failures = 0;
  private source: EventSource | null = null;
  private asking: ReturnType<typeof setTimeout> | undefined;
  private reopening: ReturnType<typeof setTimeout> | undefined;
}
