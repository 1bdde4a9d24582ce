// api.ts - the hub's calls for the workspace that this page belongs to (docs/API.md, "Workspaces")
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { getJSON, getText, sendJSON } from '../handler';

export type State = 'stopped' | 'queued' | 'starting' | 'running' | 'stopping' | 'failed';

export interface IWorkspace {
  id: string;
  name: string;
  state: State;
  /** Why it failed or stopped, or what it waits for; may be empty. */
  reason?: string;
  /** In the queue for a machine, from 1. */
  position?: number | null;
  progress?: { step: 'machine' | 'data' | 'jupyter'; percent?: number } | null;
  env: string;
  instance_type: string;
  /** Of the session that goes on. */
  session_seconds: number;
  /** null: it is never stopped for being idle. */
  idle_timeout_seconds: number | null;
  idle?: IIdle | null;
  /** How long this session may last, whatever it does; null: for ever, or it does not run. */
  session_limit?: ISessionLimit | null;
  /** Its page in the dashboard, on the hub's origin. */
  page_url?: string;
}

export interface IIdle {
  /** When it will be stopped if nothing happens (ISO 8601); null while something keeps it alive. */
  stops_at: string | null;
  /** A sentence: what keeps it alive, or since when nothing does. */
  because?: string;
  /** It is near: a banner is due. */
  warn?: boolean;
}

export interface ISessionLimit {
  stops_at: string;
  /** "A session on cpu lasts 7 days at most." */
  because: string;
  warn: boolean;
}

/** What one machine or environment is, as far as people choose by it. */
export interface IChoice {
  name: string;
  title?: string;
}

export interface IMachine extends IChoice {
  gpus?: number;
}

/** One measurement; sizes in bytes, `cpu` in cores in use. */
export interface ISample {
  /** Seconds since 1970. */
  t: number;
  cpu: number;
  cpu_limit: number;
  mem: number;
  mem_limit: number;
  disk: number;
  disk_limit: number;
  /** `util` in percent. */
  gpu?: { util: number; mem: number; mem_total: number }[] | null;
  pids?: number;
}

export interface IWanted {
  env?: string;
  instance_type?: string;
  /** Not the best way: that one, also where nothing else would change. */
  layer?: 'restart';
}

/**
 * `gate`: everything goes on running; `restart`: files stay, what is in memory is LOST, BECAUSE of what stands in the
 * way of something better; `none`: it is so already.
 */
export interface IRestart {
  layer: 'gate' | 'restart' | 'none';
  because: string[];
  lost: string[];
}

/** GET api/labwright/usage of the server itself. */
export interface IKernelUse {
  id: string;
  name: string;
  path?: string | null;
  /** Percent of one core. */
  cpu: number;
  rss: number;
}

const at = (call: string) => `labwright/${call}`; // the slash stays where CALL is empty

/** A list comes bare or below KEY. */
function listed<T> (answer: unknown, key: string): T[] {
  const list = Array.isArray(answer) ? answer : (answer as Record<string, unknown>)?.[key];
  return Array.isArray(list) ? list as T[] : [];
}

/** GET env is by kind of machine and by name, as FloydHub said it; to switch, the names are enough. */
export function environmentNames (answer: unknown): IChoice[] {
  const names = new Set<string>();
  for (const kind of Object.values(answer ?? {}))
    if (kind && typeof kind === 'object') for (const name of Object.keys(kind as object)) names.add(name);
  return [...names].sort().map(name => ({ name }));
}

export class WorkspaceApi {
  item (): Promise<IWorkspace> { return getJSON(at('')); }

  restart (wanted: IWanted, dryRun: boolean): Promise<IRestart> {
    return sendJSON('POST', at('restart') + (dryRun ? '?dry_run=1' : ''), wanted);
  }

  async stop (): Promise<void> { await sendJSON('POST', at('stop'), {}); }

  async keepAlive (): Promise<void> { await sendJSON('POST', at('keepalive'), {}); }

  async idleTimeout (): Promise<number | null> {
    return (await getJSON<{ idle_timeout_seconds: number | null }>(at('settings'))).idle_timeout_seconds;
  }

  async setIdleTimeout (seconds: number | null): Promise<void> {
    await sendJSON('PUT', at('settings'), { idle_timeout_seconds: seconds });
  }

  /** YAML: env, input, machine. */
  config (): Promise<string> { return getText(at('config')); }

  async samples (since: number): Promise<ISample[]> {
    return listed<ISample>(await getJSON(at('metrics') + (since ? `?since=${since}` : '')), 'samples');
  }

  async machines (): Promise<IMachine[]> { return listed<IMachine>(await getJSON(at('machines')), 'machines'); }

  async environments (): Promise<IChoice[]> { return environmentNames(await getJSON(at('env'))); }

  async kernels (): Promise<IKernelUse[]> { return listed<IKernelUse>(await getJSON('api/labwright/usage'), 'kernels'); }

  /** Server-sent events of this workspace; whoever opens it closes it. */
  events (): EventSource {
    return new EventSource(URLExt.join(ServerConnection.makeSettings().baseUrl, at('events')));
  }
}
