// router.ts - addresses of pages, and going from one to another without loading the document anew
//
// A pattern is segments; `:name` takes one. The hub answers each of these addresses with the same document
// (src/hub/pages_hub.c lists them too: an address that is missing there cannot be reloaded).

export interface Route {
  pattern: string;
  page: string;
}

export interface Place {
  page: string;
  params: Record<string, string>;
  search: URLSearchParams;
  path: string;
}

export const ROUTES: Route[] = [
  { pattern: '/', page: 'projects' },
  { pattern: '/login', page: 'login' },
  { pattern: '/setup', page: 'setup' },
  { pattern: '/projects', page: 'projects' },
  { pattern: '/projects/create', page: 'create' },
  { pattern: '/run', page: 'create' },
  { pattern: '/workspaces', page: 'workspaces' },
  { pattern: '/settings', page: 'settings' },
  { pattern: '/settings/:tab', page: 'settings' },
  { pattern: '/admin', page: 'admin' },
  { pattern: '/admin/:tab', page: 'admin' },
  { pattern: '/:ns/projects/:project', page: 'project' },
  { pattern: '/:ns/projects/:project/:tab', page: 'project' },
  { pattern: '/:ns/workspaces/:id', page: 'workspace' },
  { pattern: '/:ns/workspaces/:id/:tab', page: 'workspace' }
];

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function match(path: string, pattern: string): Record<string, string> | null {
  const have = path.split('/').filter(Boolean), want = pattern.split('/').filter(Boolean);
  if (have.length !== want.length) return null;
  const params: Record<string, string> = {};
  for (const [i, part] of want.entries()) {
    if (part.startsWith(':')) params[part.slice(1)] = decode(have[i]);
    else if (part !== have[i]) return null;
  }
  return params;
}

export function find(url: URL): Place {
  for (const { pattern, page } of ROUTES) {
    const params = match(url.pathname, pattern);
    if (params) return { page, params, search: url.searchParams, path: url.pathname };
  }
  return { page: 'missing', params: {}, search: url.searchParams, path: url.pathname };
}

/** The address of one of our pages, if a plain click on it may stay in this document. */
export function ours(link: HTMLAnchorElement, origin: string): URL | null {
  if (link.target || link.hasAttribute('download') || link.origin !== origin) return null;
  const url = new URL(link.href);
  return find(url).page === 'missing' ? null : url;
}

/** Where to go after the login: only to this origin ("//host" and "/\host" lead elsewhere). */
export function next(search: URLSearchParams, origin: string): string {
  try {
    const url = new URL(search.get('next') || '/projects', origin);
    return url.origin === origin ? url.href : '/projects';
  } catch {
    return '/projects';
  }
}

export class Router {
  place: Place;

  constructor(private readonly changed: () => void) {
    this.place = find(new URL(location.href));
    addEventListener('popstate', () => this.take());
    document.addEventListener('click', event => this.click(event));
  }

  go(where: string, replace = false): void {
    history[replace ? 'replaceState' : 'pushState'](null, '', where);
    this.take();
    scrollTo(0, 0);
  }

  private take(): void {
    this.place = find(new URL(location.href));
    this.changed();
  }

  private click(event: MouseEvent): void {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.composedPath().find((n): n is HTMLAnchorElement => n instanceof HTMLAnchorElement && !!n.href);
    const url = link && ours(link, location.origin);
    if (!url) return;
    event.preventDefault();
    this.go(url.pathname + url.search);
  }
}

export const projectPath = (full: string, tab = ''): string => {
  const [ns, , name] = full.split('/');
  return `/${encodeURIComponent(ns)}/projects/${encodeURIComponent(name ?? '')}${tab && `/${tab}`}`;
};

export const workspacePath = (w: { owner: string; id: string }, tab = ''): string =>
  `/${encodeURIComponent(w.owner)}/workspaces/${w.id}${tab && `/${tab}`}`;
