// client.ts - the one place that talks to the hub's API (docs/API.md)
//
// A page is known by its cookie; what changes something carries the token that `GET session` hands out in the
// cookie _xsrf. Every failure is an ApiError whose text is for a person.

import type {
  ApiKey, AuditRow, Directory, Environment, Login, Machine, Now, Project, Restart, Sample, Session, Template, Usage, User, Workspace
} from './types';

export class ApiError extends Error {
  constructor(
    /** 0: the hub did not answer at all. */
    readonly status: number,
    readonly slug: string,
    message: string,
    readonly retryAfter: number | null = null
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

export interface ClientOptions {
  base?: string;
  fetch?: typeof fetch;
  /** The XSRF token; by default the cookie's. */
  token?: () => string;
  /** Somebody is no longer logged in. */
  onUnauthenticated?: () => void;
}

type Body = Record<string, unknown>;

export function xsrfCookie(cookies: string): string {
  const found = cookies.split('; ').find(c => c.startsWith('_xsrf='));
  return found ? found.slice('_xsrf='.length) : '';
}

const path = (text: string) => text.split('/').map(encodeURIComponent).join('/');

function query(args: Record<string, string | number | undefined>): string {
  const set = Object.entries(args).filter(([, value]) => value !== undefined && value !== '');
  return set.length ? '?' + new URLSearchParams(set.map(([key, value]) => [key, String(value)])) : '';
}

/** What a person reads when the answer has no words of its own. */
function wordsFor(status: number): string {
  if (status === 401) return 'You are not logged in any more: log in again.';
  if (status === 404) return 'This does not exist, or you may not see it.';
  if (status === 502 || status === 503 || status === 504) return 'The hub is restarting: try again in a moment.';
  return `The hub answered with status ${status}: try again, and tell your administrator if it stays so.`;
}

async function failure(answer: Response): Promise<ApiError> {
  const text = await answer.text().catch(() => '');
  let said: { message?: unknown; slug?: unknown } = {};
  try {
    said = JSON.parse(text) ?? {};
  } catch {
    // not ours: a proxy's page
  }
  const after = Number(answer.headers.get('Retry-After'));
  return new ApiError(answer.status, typeof said.slug === 'string' ? said.slug : '',
    typeof said.message === 'string' && said.message ? said.message : wordsFor(answer.status), after > 0 ? after : null);
}

export class Client {
  readonly base: string;
  private readonly options: ClientOptions;

  constructor(options: ClientOptions = {}) {
    this.options = options;
    this.base = options.base ?? '/api/v1/';
  }

  async ask(method: string, where: string, body?: Body): Promise<Response> {
    const headers: Record<string, string> = {};
    if (method !== 'GET') headers['X-XSRFToken'] = this.options.token ? this.options.token() : xsrfCookie(document.cookie);
    if (body) headers['Content-Type'] = 'application/json';
    let answer: Response;
    try {
      answer = await (this.options.fetch ?? fetch)(this.base + where,
        { method, headers, body: body && JSON.stringify(body), credentials: 'same-origin' });
    } catch {
      throw new ApiError(0, 'unreachable', 'The hub does not answer: check your network. This page goes on by itself when it is back.');
    }
    if (answer.ok) return answer;
    const error = await failure(answer);
    if (error.status === 401 && where !== 'user/login') this.options.onUnauthenticated?.();
    throw error;
  }

  async json<T>(method: string, where: string, body?: Body): Promise<T> {
    const answer = await this.ask(method, where, body);
    return (answer.status === 204 ? undefined : await answer.json()) as T;
  }

  private get<T>(where: string): Promise<T> {
    return this.json<T>('GET', where);
  }

  // ---- who ----

  session = () => this.get<Session>('session');
  login = (username: string, password: string) => this.json<{ user: User }>('POST', 'user/login', { username, password, cookie: true });
  setup = (fields: Body) => this.json<{ user: User }>('POST', 'setup', { ...fields, cookie: true });
  logout = () => this.json<void>('POST', 'user/logout');
  changePassword = (old_password: string, new_password: string) =>
    this.json<void>('POST', 'user/password', { old_password, new_password });
  logins = async () => (await this.get<{ sessions: Login[] }>('sessions/')).sessions;
  endOtherLogins = () => this.json<void>('DELETE', 'sessions/');
  keys = async () => (await this.get<{ apikeys: ApiKey[] }>('apikeys/')).apikeys;
  makeKey = (name: string) => this.json<{ id: string; name: string; apikey: string }>('POST', 'apikeys/', { name });
  revokeKey = (id: string) => this.json<void>('DELETE', `apikeys/${path(id)}`);

  // ---- projects ----

  projects = async (namespace?: string) => (await this.get<{ projects: Project[] }>('projects' + query({ namespace }))).projects;
  project = (ns: string, name: string) => this.get<Project>(`projects/${path(ns)}/${path(name)}`);
  makeProject = (fields: Body) => this.json<Project>('POST', 'projects/', fields);
  changeProject = (p: Project, fields: Body) =>
    this.json<Project>('PATCH', `projects/${path(p.namespace)}/${path(p.short_name)}`, fields);
  deleteProject = (p: Project) => this.json<void>('DELETE', `projects/${path(p.namespace)}/${path(p.short_name)}`);

  // ---- workspaces ----

  workspaces = async (args: { family_id?: string; all?: 1 } = {}) =>
    (await this.get<{ workspaces: Workspace[] }>('workspaces' + query(args))).workspaces;
  workspace = (id: string) => this.get<Workspace>(`workspaces/${path(id)}`);
  makeWorkspace = (fields: Body) => this.json<Workspace>('POST', 'workspaces/', fields);
  deleteWorkspace = (id: string) => this.json<void>('DELETE', `workspaces/${path(id)}`);
  renameWorkspace = (id: string, name: string) => this.json<Workspace>('POST', `workspaces/${path(id)}/rename`, { name });
  start = (id: string, fields: Body = {}) => this.json<Workspace>('POST', `workspaces/${path(id)}/start`, fields);
  stop = (id: string) => this.json<Workspace>('POST', `workspaces/${path(id)}/stop`);
  restart = (id: string, fields: Body, dryRun = false) =>
    this.json<Restart>('POST', `workspaces/${path(id)}/restart${dryRun ? '?dry_run=1' : ''}`, fields);
  keepalive = (id: string) => this.json<void>('POST', `workspaces/${path(id)}/keepalive`);
  changeSettings = (id: string, idle_timeout_seconds: number | null) =>
    this.json<unknown>('PUT', `workspaces/${path(id)}/settings`, { idle_timeout_seconds });
  config = async (id: string) => (await this.ask('GET', `workspaces/${path(id)}/config`)).text();
  metrics = async (id: string, since?: number) =>
    (await this.get<{ samples: Sample[] }>(`workspaces/${path(id)}/metrics` + query({ since }))).samples;
  /** A way in, good once and for 30 seconds. */
  enter = async (id: string) => (await this.get<{ url: string }>(`workspaces/${path(id)}/url`)).url;

  // ---- files of a stopped workspace ----

  /** WHERE is made of the `href` of entries: it is percent-encoded already. */
  fileAddress = (id: string, where: string, download = false) =>
    `${this.base}resources/${path(id)}${where ? `/${where}` : ''}${download ? '?download=true' : ''}`;
  directory = async (id: string, where: string) => (await this.ask('GET', this.fileAddress(id, where).slice(this.base.length))).json() as Promise<Directory>;
  file = (id: string, where: string) => this.ask('GET', this.fileAddress(id, where).slice(this.base.length));

  // ---- what there is ----

  machines = async () => (await this.get<{ machines: Machine[] }>('machines')).machines;
  environments = async () => (await this.get<{ environments: Environment[] }>('environments')).environments;

  /** Takes as long as the repository's server does. */
  template = (git_url: string, git_branch = '') => this.get<Template>('templates/inspect' + query({ git_url, git_branch }));

  // ---- for admins ----

  users = async () => (await this.get<{ users: User[] }>('users/')).users;
  makeUser = (fields: Body) => this.json<User>('POST', 'users/', fields);
  changeUser = (name: string, fields: Body) => this.json<User>('PATCH', `users/${path(name)}`, fields);
  audit = async (before?: number) => (await this.get<{ audit: AuditRow[] }>('audit' + query({ before, limit: 100 }))).audit;
  now = () => this.get<Now>('admin/now');
  usage = (from: string, to: string) => this.get<Usage>('usage' + query({ from, to, all: 1 }));
}
