// No message twice over a reconnection, and nothing dropped without one.
import { describe, expect, it } from 'vitest';
import { FakeKernel, request, stream } from './fakes';
import { Once, atMostOnce } from './once';

describe('Once', () => {
  it('knows a message of before the latest opening', () => {
    const once = new Once();
    once.opened();
    expect(once.isNew('a')).toBe(true);
    once.opened();
    expect(once.isNew('a')).toBe(false);
    expect(once.isNew('b')).toBe(true);
    once.opened();
    expect(once.isNew('a')).toBe(false);
  });

  it('lets one id come often on one connection, and none at all', () => {
    const once = new Once();
    expect([once.isNew('a'), once.isNew('a'), once.isNew(''), once.isNew('')]).toEqual([true, true, true, true]);
    once.opened();
    expect(once.isNew('')).toBe(true);
  });

  it('remembers at least so many, and not twice as many', () => {
    const known = (from: number, to: number) => {
      const once = new Once(100);
      for (let i = 0; i < 1000; i++) once.isNew(String(i));
      once.opened();
      return Array.from({ length: to - from }, (_, i) => from + i).filter(i => !once.isNew(String(i))).length;
    };
    expect([known(900, 1000), known(0, 800)]).toEqual([100, 0]);
  });
});

describe('atMostOnce', () => {
  it('keeps a repeated message from everybody, and guards a connection once', () => {
    const kernel = new FakeKernel(), handled: string[] = [];
    atMostOnce(kernel.connection);
    atMostOnce(kernel.connection);
    expect(kernel.anyMessage.slots).toHaveLength(1);
    kernel.iopubMessage.connect((_, msg) => handled.push((msg.content as { text: string }).text));
    kernel.connect();
    for (const [text, id] of [['1', 'a'], ['2', 'b']]) kernel.receive(stream(text, request('r'), id));
    kernel.connect('connecting');
    kernel.connect();
    for (const [text, id] of [['1', 'a'], ['2', 'b'], ['3', 'c']]) kernel.receive(stream(text, request('r'), id));
    expect(handled).toEqual(['1', '2', '3']);
  });

  it('leaves nothing in a repeated message that Lab would act on', () => {
    const kernel = new FakeKernel();
    atMostOnce(kernel.connection);
    const again = stream('x', request('r', kernel.clientId), 'a');
    kernel.receive(stream('x', request('r', kernel.clientId), 'a'));
    kernel.connect();
    kernel.receive(again);
    expect(again.channel).not.toMatch(/^(iopub|shell|stdin|control)$/);
    expect(again.parent_header).toEqual({});
  });
});
