// wake.ts - connections that come back as soon as the server can be reached
//
//     const wake = new Wake(connections, alive);
//     wake.changed();          when a connection's status changes
//     wake.now();              when the machine wakes up, the network is back, the page is seen again
//
// Lab waits 10 to 30 seconds after an attempt that found no server, and gives up after seven that broke.  This
// looks for the server itself, often in the first half minute and then less so, and reconnects whatever is not
// connected then.

/** The connection of a kernel or a terminal. */
export interface IConnection {
  readonly id: string;
  readonly isDisposed: boolean;
  readonly status: string;
  readonly connectionStatus: string;
  reconnect (): Promise<void>;
}

const FIRST_MS = 300;
const OFTEN = 100; // times
const LAST_MS = 8000;

export class Wake {
  /** ALIVE gives the ids of what there is, or rejects: no server. */
  constructor (
    private readonly connections: () => IConnection[],
    private readonly alive: () => Promise<string[]>,
    private readonly firstMs = FIRST_MS
  ) {}

  changed (): void {
    if (this.broken().length) this.later();
    else this.rest();
  }

  now (): void {
    this.rest();
    if (this.broken().length) void this.look();
  }

  dispose (): void {
    this.rest();
    this.isDisposed = true;
  }

  private later (): void {
    if (this.timer !== null || this.looking || this.isDisposed) return;
    this.timer = setTimeout(() => { this.timer = null; void this.look(); }, this.pause);
    if (++this.looks > OFTEN) this.pause = Math.min(this.pause * 2, LAST_MS);
  }

  private rest (): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.pause = this.firstMs;
    this.looks = 0;
  }

  private async look (): Promise<void> {
    if (this.looking || this.isDisposed) return;
    this.looking = true;
    const ids = await this.alive().catch(() => null);
    this.looking = false;
    if (this.isDisposed) return;
    const back = this.broken().filter(c => ids?.includes(c.id));
    for (const c of back) void c.reconnect().catch(() => undefined);
    if (!ids || back.length) this.changed();
    else this.rest();
  }

  // What is dead, or what the server no longer has, is Lab's affair.
  private broken (): IConnection[] {
    return this.connections().filter(c => !c.isDisposed && c.status !== 'dead' && c.connectionStatus !== 'connected');
  }

  private timer: ReturnType<typeof setTimeout> | null = null;
  private pause = this.firstMs;
  private looks = 0;
  private looking = false;
  private isDisposed = false;
}
