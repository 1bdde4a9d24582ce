// The store is kept true by events: one request for many of them, and what was missed is fetched when the hub is back.
import { expect, test, vi } from 'vitest';
import { ApiError, type Client, type EventStream, type HubEvent, type Project, type Workspace } from '@labwright/common';
import { Store } from '../src/store';

const ws = (id: string, more: Partial<Workspace> = {}) => ({ id, owner: 'alice', state: 'stopped', name: id, task_instance_id: `ti-${id}`, ...more }) as Workspace;
const event = (kind: string, subject: string, body: unknown = {}): HubEvent => ({ kind, id: '1', subject, namespace: 'alice', at: '', body });

function make(answers: Partial<Record<keyof Client, unknown>>) {
  const store = new Store(answers as unknown as Client, { listen: () => () => undefined, open: () => undefined } as unknown as EventStream);
  store.session = { user: { username: 'alice' } } as Store['session'];
  return store;
}
const settle = () => new Promise(done => setTimeout(done, 0));

test('many events about one workspace are few requests, and the last word counts', async () => {
  let n = 0;
  const workspace = vi.fn(async (id: string) => ws(id, { session_seconds: ++n }));
  const store = make({ workspace, workspaces: async () => [ws('a'), ws('b')] });
  await store.fetchWorkspaces();
  for (let i = 0; i < 20; i++) store.take(event('workspace.state', 'a'));
  await settle();
  expect(workspace).toHaveBeenCalledTimes(2);
  expect(store.workspaces!.map(w => [w.id, w.session_seconds])).toEqual([['a', 2], ['b', undefined]]);
});

test('a new one of mine goes on top, somebody else\'s is kept aside', async () => {
  const store = make({ workspace: async (id: string) => ws(id, { owner: id === 'x' ? 'bob' : 'alice' }), workspaces: async () => [ws('a')] });
  await store.fetchWorkspaces();
  store.take(event('workspace.create', 'n'));
  store.take(event('workspace.create', 'x'));
  await settle();
  expect(store.workspaces!.map(w => w.id)).toEqual(['n', 'a']);
  expect(store.find('x')!.owner).toBe('bob');
  expect(store.find('ti-a')!.id).toBe('a');
});

test('what is gone is forgotten, by event and by answer', async () => {
  const store = make({ workspace: async () => { throw new ApiError(404, '', 'gone'); }, workspaces: async () => [ws('a'), ws('b')] });
  await store.fetchWorkspaces();
  store.take(event('workspace.delete', 'a'));
  store.take(event('workspace.state', 'b'));
  await settle();
  expect(store.workspaces).toEqual([]);
});

test('projects come with their events', async () => {
  const store = make({ projects: async () => [{ id: 'p', name: 'old' } as Project] });
  await store.fetchProjects();
  store.take(event('project.update', 'p', { id: 'p', name: 'new' }));
  store.take(event('project.create', 'q', { id: 'q', name: 'q' }));
  expect(store.projects!.map(p => p.name)).toEqual(['q', 'new']);
  store.take(event('project.delete', 'p'));
  expect(store.projects!.map(p => p.id)).toEqual(['q']);
});

test('what was told of a session ends with it', async () => {
  let state: Workspace['state'] = 'running';
  const store = make({ workspace: async (id: string) => ws(id, { state }), workspaces: async () => [ws('a', { state })], metrics: async () => [{ t: 10 }] });
  const told = () => [store.oom.get('a'), store.samples.get('a')?.length];
  await store.fetchWorkspaces();
  await store.fetchSamples('a');
  store.take(event('workspace.oom', 'a', { text: '1024 of 1024 MB' }));
  for (const [next, expected] of [['stopping', ['1024 of 1024 MB', 1]], ['stopped', [undefined, undefined]]] as const) {
    state = next;
    store.take(event('workspace.state', 'a'));
    await settle();
    expect(told()).toEqual(expected);
  }
});

test('samples are kept in order, of those that are looked at, and not for ever', async () => {
  const store = make({ metrics: async () => [{ t: 10 }, { t: 20 }] });
  store.take(event('workspace.metrics', 'a', { t: 5 }));
  expect(store.samples.get('a')).toBeUndefined();
  await store.fetchSamples('a');
  store.take(event('workspace.metrics', 'a', { t: 15 }));
  store.take(event('workspace.metrics', 'a', { t: 30 }));
  store.take(event('workspace.metrics', 'a', null));
  expect(store.samples.get('a')!.map(s => s.t)).toEqual([10, 20, 30]);
  for (let t = 31; t < 4000; t++) store.take(event('workspace.metrics', 'a', { t }));
  expect(store.samples.get('a')!.length).toBe(3600);
});

test('after an outage the lists are fetched again, once', async () => {
  const workspaces = vi.fn(async () => [ws('a')]);
  const store = make({ workspaces });
  await store.fetchWorkspaces();
  store.setLive(true);
  store.setLive(false);
  store.setLive(true);
  await settle();
  expect(workspaces).toHaveBeenCalledTimes(2);
});
