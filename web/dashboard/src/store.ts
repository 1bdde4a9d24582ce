// store.ts - what the pages show: fetched once, kept true by the event stream
//
// Nothing is polled. An event about a workspace makes that one be fetched anew (many at once become one request);
// an event about a project carries it. When the stream was away, the lists that were shown are fetched again.

import { ApiError, Client, EventStream, type Environment, type HubEvent, type Machine, type Now, type Project, type Sample, type Session,
  type Workspace } from '@labwright/common';

const SAMPLES_MAX = 3600;

export class Store {
  session: Session | null = null;
  projects: Project[] | null = null;
  workspaces: Workspace[] | null = null;
  /** Of others: an admin's, or a project's that is not one's own. */
  readonly others = new Map<string, Workspace>();
  machines: Machine[] | null = null;
  environments: Environment[] | null = null;
  readonly samples = new Map<string, Sample[]>();
  readonly oom = new Map<string, string>();
  /** False: the hub cannot be reached just now. */
  live = true;
  /** For administrators: what keeps everybody from working, and what to do. */
  spawner: Now['spawner'] | null = null;
  host: Now['host'] | null = null;

  private readonly watchers = new Set<() => void>();
  private readonly fetching = new Map<string, boolean>();
  private readonly heard = new Set<(event: HubEvent) => void>();

  constructor(readonly client: Client, readonly stream: EventStream) {
    stream.listen(event => this.take(event));
  }

  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => void this.watchers.delete(watcher);
  }

  /** Every event, after it was taken in. */
  hear(listener: (event: HubEvent) => void): () => void {
    this.heard.add(listener);
    return () => void this.heard.delete(listener);
  }

  changed(): void {
    this.watchers.forEach(w => w());
  }

  get me(): string {
    return this.session?.user?.username ?? '';
  }

  find(id: string): Workspace | undefined {
    const is = (w: Workspace) => w.id === id || w.task_instance_id === id;
    return this.workspaces?.find(is) ?? [...this.others.values()].find(is);
  }

  // ---- fetching ----

  async start(): Promise<Session> {
    this.session = await this.client.session();
    if (this.session.user) this.stream.open();
    void this.fetchHealth();
    this.changed();
    return this.session;
  }

  async fetchProjects(): Promise<void> {
    this.projects = await this.client.projects();
    this.changed();
  }

  async fetchHealth(): Promise<void> {
    if (!this.session?.user?.admin) return;
    try {
      const now = await this.client.now();
      this.spawner = now.spawner ?? null;
      this.host = now.host ?? null;
    } catch {
      return; // the page says what it cannot have
    }
    this.changed();
  }

  async fetchWorkspaces(): Promise<void> {
    this.workspaces = await this.client.workspaces();
    this.workspaces.forEach(w => this.endSession(w));
    this.changed();
  }

  async fetchOffers(): Promise<void> {
    [this.machines, this.environments] = await Promise.all([this.client.machines(), this.client.environments()]);
    this.changed();
  }

  async fetchWorkspace(id: string): Promise<Workspace | null> {
    const w = await this.client.workspace(id);
    this.put(w);
    return w;
  }

  async fetchSamples(id: string): Promise<void> {
    this.samples.set(id, (await this.client.metrics(id)).slice(-SAMPLES_MAX));
    this.changed();
  }

  /** What the stream may have missed. */
  async refresh(): Promise<void> {
    const shown: Promise<unknown>[] = [this.fetchHealth()];
    if (this.projects) shown.push(this.fetchProjects());
    if (this.workspaces) shown.push(this.fetchWorkspaces());
    for (const id of this.others.keys()) shown.push(this.again(id));
    await Promise.allSettled(shown);
  }

  setLive(live: boolean): void {
    const back = live && !this.live;
    this.live = live;
    this.changed();
    if (back) void this.refresh();
  }

  // ---- taking in ----

  /** What was told of a session goes with it. */
  private endSession(w: Workspace): void {
    if (w.state === 'running' || w.state === 'stopping') return;
    this.oom.delete(w.id);
    this.samples.delete(w.id);
  }

  put(w: Workspace): void {
    this.endSession(w);
    const list = this.workspaces, at = list?.findIndex(o => o.id === w.id) ?? -1;
    if (list && at >= 0) this.workspaces = list.map(o => (o.id === w.id ? w : o));
    else if (list && w.owner === this.me) this.workspaces = [w, ...list];
    else this.others.set(w.id, w);
    this.changed();
  }

  putProject(p: Project): void {
    if (this.projects) this.projects = [p, ...this.projects.filter(o => o.id !== p.id)];
    this.changed();
  }

  forget(id: string): void {
    this.workspaces = this.workspaces?.filter(w => w.id !== id) ?? null;
    this.others.delete(id);
    this.samples.delete(id);
    this.changed();
  }

  take(event: HubEvent): void {
    const { kind, subject } = event;
    if (kind === 'workspace.delete') this.forget(subject);
    else if (kind === 'workspace.metrics') this.addSample(subject, event.body as Sample);
    else if (kind === 'workspace.oom') this.noteOom(subject, event.body);
    else if (kind.startsWith('workspace.')) void this.again(subject);
    else if (kind === 'spawner.change') this.spawner = event.body as Now['spawner'];
    else if (kind === 'catalog.change') void (this.machines && this.fetchOffers().catch(() => undefined)); // the old ones stay
    else if (kind === 'project.delete') this.projects = this.projects?.filter(p => p.id !== subject) ?? null;
    else if (kind.startsWith('project.')) this.takeProject(event.body as Project);
    this.heard.forEach(listener => listener(event));
    this.changed();
  }

  private takeProject(p: Project): void {
    if (!this.projects || !p?.id) return;
    const known = this.projects.some(o => o.id === p.id);
    this.projects = known ? this.projects.map(o => (o.id === p.id ? p : o)) : [p, ...this.projects];
  }

  private addSample(id: string, sample: Sample): void {
    const list = this.samples.get(id);
    if (!list || typeof sample?.t !== 'number' || sample.t <= (list.at(-1)?.t ?? 0)) return;
    this.samples.set(id, [...list, sample].slice(-SAMPLES_MAX));
  }

  private noteOom(id: string, body: unknown): void {
    const said = typeof body === 'string' ? body : (body as { message?: string; text?: string } | null)?.message ?? (body as { text?: string } | null)?.text;
    this.oom.set(id, said || 'A program was ended because the memory of the machine was used up.');
  }

  /** One request at a time for each; what comes meanwhile makes one more. */
  private async again(id: string): Promise<void> {
    if (this.fetching.has(id)) {
      this.fetching.set(id, true);
      return;
    }
    this.fetching.set(id, false);
    try {
      await this.fetchWorkspace(id);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) this.forget(id);
    }
    const more = this.fetching.get(id);
    this.fetching.delete(id);
    if (more) await this.again(id);
  }
}

/** Seconds of the session now, for an item fetched just before. */
export const isOn = (w: Workspace): boolean => w.state !== 'stopped' && w.state !== 'failed';
