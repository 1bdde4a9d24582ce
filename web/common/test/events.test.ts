// The event stream goes on where it broke off.
import { expect, test } from 'vitest';
import { EventStream, type HubEvent, type Source } from '../src/events';

class Fake implements Source {
  readyState = 0;
  onopen: ((e: Event) => void) | null = null;
  onerror: ((e: Event) => void) | null = null;
  closed = false;
  private readonly on = new Map<string, (e: MessageEvent) => void>();
  constructor(readonly url: string) {}
  addEventListener(kind: string, listener: (e: MessageEvent) => void) { this.on.set(kind, listener); }
  close() { this.closed = true; }
  say(kind: string, id: string, data: string) { this.on.get(kind)?.({ data, lastEventId: id } as MessageEvent); }
  fail(state: number) { this.readyState = state; this.onerror?.({} as Event); }
}

function make() {
  const made: Fake[] = [], waits: [number, () => void][] = [], live: boolean[] = [], heard: HubEvent[] = [];
  const stream = new EventStream({
    make: url => { const f = new Fake(url); made.push(f); return f; },
    wait: (ms, then) => { waits.push([ms, then]); return () => undefined; },
    onLive: l => live.push(l)
  });
  stream.listen(e => heard.push(e));
  stream.open();
  return { stream, made, waits, live, heard };
}

test('events are said to listeners with what they are about', () => {
  const { made, heard } = make();
  made[0].say('workspace.state', '7', '{"subject":"run_1","namespace":"a","at":"t","body":{"state":"running"}}');
  made[0].say('workspace.state', '8', 'not json');
  expect(heard).toEqual([{ kind: 'workspace.state', id: '7', subject: 'run_1', namespace: 'a', at: 't', body: { state: 'running' } }]);
});

test('while the browser itself tries again, nothing new is opened', () => {
  const { made, waits, live } = make();
  made[0].onopen?.({} as Event);
  made[0].fail(0);
  expect([made.length, waits.length, live]).toEqual([1, 0, [true, false]]);
});

test('what the browser gave up begins anew after the last number, with growing pauses', () => {
  const { made, waits } = make();
  made[0].say('project.create', '41', '{}');
  made[0].fail(2);
  expect(made[0].closed).toBe(true);
  waits[0][1]();
  expect(made[1].url).toBe('/api/v1/events?after=41');
  made[1].fail(2);
  waits[1][1]();
  for (let i = 2; i < 10; i++) { made[i].fail(2); waits[i][1](); }
  expect(waits.slice(0, 3).map(w => w[0])).toEqual([500, 1000, 2000]);
  expect(waits.at(-1)![0]).toBe(15000);
  made.at(-1)!.onopen?.({} as Event);
  made.at(-1)!.fail(2);
  expect(waits.at(-1)![0]).toBe(500);
});

test('who no longer listens hears nothing', () => {
  const { stream, made, heard } = make();
  const more: HubEvent[] = [], end = stream.listen(e => more.push(e));
  end();
  made[0].say('workspace.delete', '9', '{"subject":"x"}');
  expect([heard.length, more.length]).toEqual([1, 0]);
});
