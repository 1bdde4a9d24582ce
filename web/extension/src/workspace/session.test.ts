import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ISample } from './api';
import { FakeApi } from './fakes';
import { Session } from './session';

let api: FakeApi, session: Session;
const sample = (t: number) => ({ t }) as ISample;
const settled = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-23T12:00:00Z') });
  api = new FakeApi();
  session = new Session(api);
});
afterEach(() => {
  session.dispose();
  vi.useRealTimers();
});

async function shown (): Promise<void> {
  session.show(true);
  api.sources[0].open();
  await settled();
}

describe('a page that is looked at', () => {
  it('has the workspace, and its stopwatch runs on', async () => {
    await shown();
    expect(session.item?.name).toBe('one');
    vi.setSystemTime(Date.now() + 7000);
    expect(session.elapsed).toBe(107);
  });
  it('takes what was measured before and what comes', async () => {
    api.kept = [sample(1), sample(2)];
    await shown();
    api.sources[0].tell('workspace.metrics', { body: sample(3) });
    expect(session.history.samples.map(s => s.t)).toEqual([1, 2, 3]);
    expect(api.calls).toContain('samples 0');
  });
  it('has nothing to show of one that does not run any more', async () => {
    api.kept = [sample(1)];
    await shown();
    expect(session.use?.t).toBe(1);
    api.workspace.state = 'stopping';
    await session.refresh();
    expect(session.use?.t).toBe(1);
    api.workspace.state = 'stopped';
    await session.refresh();
    expect(session.use).toBeNull();
  });
  it('asks anew when the state changes', async () => {
    await shown();
    const before = api.times('item');
    api.workspace.state = 'stopping';
    api.sources[0].tell('workspace.state', { body: { state: 'stopping' } });
    await settled();
    expect(api.times('item')).toBe(before + 1);
    expect(session.item?.state).toBe('stopping');
  });
  it('survives an event that is not JSON', async () => {
    await shown();
    for (const bad of ['', '{', '7', 'null', '{"body":null}']) api.sources[0].tell('workspace.metrics', bad);
    expect(session.history.latest).toBeNull();
  });
});

describe('a page that is hidden', () => {
  it('listens to nothing, and asks now and then', async () => {
    await shown();
    session.show(false);
    await settled();
    expect(api.sources[0].readyState).toBe(2);
    const before = api.times('item');
    await vi.advanceTimersByTimeAsync(60000);
    expect(api.times('item')).toBe(before + 2);
    expect(api.sources).toHaveLength(1);
  });
  it('asks only for what it missed when it is shown again', async () => {
    api.kept = [sample(10)];
    await shown();
    session.show(false);
    session.show(true);
    api.sources[1].open();
    await settled();
    expect(api.calls).toContain('samples 10');
  });
});

describe('a hub that is away', () => {
  it('leaves what was known, and is asked again', async () => {
    await shown();
    api.away = true;
    await session.refresh();
    expect(session.item?.name).toBe('one');
    api.away = false;
    api.workspace.name = 'two';
    await vi.advanceTimersByTimeAsync(30000);
    expect(session.item?.name).toBe('two');
  });
  it('is left to the browser while that tries by itself', async () => {
    await shown();
    api.sources[0].fail(false);
    await vi.advanceTimersByTimeAsync(20000);
    expect(api.sources).toHaveLength(1);
  });
  it('is tried again, with growing pauses, when the browser has given up', async () => {
    await shown();
    for (const [n, pause] of [1000, 2000, 5000, 10000, 10000].entries()) {
      api.sources[n].fail(true);
      await vi.advanceTimersByTimeAsync(pause - 1);
      expect(api.sources).toHaveLength(n + 1);
      await vi.advanceTimersByTimeAsync(1);
      expect(api.sources).toHaveLength(n + 2);
    }
  });
  it('is not tried again by a page that is hidden', async () => {
    await shown();
    api.sources[0].fail(true);
    session.show(false);
    await vi.advanceTimersByTimeAsync(60000);
    expect(api.sources).toHaveLength(1);
  });
});

describe('an idle workspace', () => {
  const inSeconds = (n: number) => new Date(Date.now() + n * 1000).toISOString();

  it('tells how long it has, only when the hub warns and only while it runs', async () => {
    api.workspace.idle = { stops_at: inSeconds(254), warn: true };
    await shown();
    expect(session.idleLeft).toBe(254);
    vi.setSystemTime(Date.now() + 4000);
    expect(session.idleLeft).toBe(250);
    api.workspace.state = 'stopped';
    await session.refresh();
    expect(session.idleLeft).toBeNull();
  });
  it('is asked for more often then', async () => {
    api.workspace.idle = { stops_at: inSeconds(200), warn: true };
    await shown();
    const before = api.times('item');
    await vi.advanceTimersByTimeAsync(30000);
    expect(api.times('item')).toBe(before + 3);
  });
  it('goes on when someone says so', async () => {
    api.workspace.idle = { stops_at: inSeconds(200), warn: true };
    await shown();
    api.workspace.idle = { stops_at: inSeconds(900), warn: false };
    await session.keepAlive();
    expect(api.calls).toContain('keepalive');
    expect(session.idleLeft).toBeNull();
  });
});

it('tells how long a session may still last when the hub says that its end is near', async () => {
  await shown();
  expect(session.limitLeft).toBeNull();
  const stops_at = new Date(Date.now() + 3000000).toISOString();
  api.workspace.session_limit = { stops_at, because: 'A session on cpu lasts 7 days at most.', warn: true };
  api.sources[0].tell('workspace.update', { body: {} });
  await settled();
  expect(session.limitLeft).toBe(3000);
  api.workspace.session_limit.warn = false;
  await session.refresh();
  expect(session.limitLeft).toBeNull();
});

it('says nothing after its end', async () => {
  await shown();
  let said = 0;
  session.changed.connect(() => said++);
  const late = session.refresh();
  session.dispose();
  await late;
  await vi.advanceTimersByTimeAsync(60000);
  expect(said).toBe(0);
  expect(api.sources[0].readyState).toBe(2);
});
