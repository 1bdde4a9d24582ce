// fakes.ts - a hub that says what a test wants, for the units beside this file
import type { IRestart, ISample, IWorkspace } from './api';
import type { SessionApi } from './session';

export class FakeSource extends EventTarget {
  readyState = 0;
  open (): void {
    this.readyState = 1;
    this.dispatchEvent(new Event('open'));
  }
  tell (kind: string, data: unknown): void {
    this.dispatchEvent(Object.assign(new Event(kind), { data: typeof data === 'string' ? data : JSON.stringify(data) }));
  }
  /** FOR GOOD: the answer was not a stream, and the browser does not try again. */
  fail (forGood: boolean): void {
    this.readyState = forGood ? 2 : 0;
    this.dispatchEvent(new Event('error'));
  }
  close (): void { this.readyState = 2; }
}

export class FakeApi implements SessionApi {
  workspace: IWorkspace = {
    id: 'run_1', name: 'one', state: 'running', env: 'python', instance_type: 'cpu', session_seconds: 100,
    idle_timeout_seconds: 900, idle: { stops_at: null }
  };
  away = false;
  calls: string[] = [];
  sources: FakeSource[] = [];
  kept: ISample[] = [];

  private async answer<T> (call: string, what: T): Promise<T> {
    this.calls.push(call);
    if (this.away) throw new Error('away');
    return what;
  }
  item () { return this.answer('item', { ...this.workspace }); }
  restart () { return this.answer<IRestart>('restart', { layer: 'gate', because: [], lost: [] }); }
  async stop () { await this.answer('stop', null); }
  async keepAlive () { await this.answer('keepalive', null); }
  samples (since: number) { return this.answer(`samples ${since}`, this.kept); }
  idleTimeout () { return this.answer('settings', this.workspace.idle_timeout_seconds); }
  async setIdleTimeout (seconds: number | null) { await this.answer(`settings ${seconds}`, null); }
  events () {
    this.sources.push(new FakeSource());
    return this.sources[this.sources.length - 1] as unknown as EventSource;
  }
  times (call: string): number { return this.calls.filter(c => c === call).length; }
}
