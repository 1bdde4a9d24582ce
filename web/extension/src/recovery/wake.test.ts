// Connections that come back: when the server is looked for, and what is reconnected then.
import { describe, expect, it, vi } from 'vitest';
import { IConnection, Wake } from './wake';

function connection (id: string, connectionStatus = 'connecting', status = 'unknown') {
  return { id, isDisposed: false, status, connectionStatus, reconnect: vi.fn(async () => undefined) };
}

function waking (alive: () => Promise<string[]>, ...list: IConnection[]) {
  const asked = vi.fn(alive);
  return { asked, wake: new Wake(() => list, asked, 1) };
}

const turns = () => new Promise(ok => setTimeout(ok, 30));

describe('Wake', () => {
  it('reconnects what is broken once the server answers', async () => {
    const k = connection('k');
    let up = false;
    k.reconnect.mockImplementation(async () => { k.connectionStatus = 'connected'; });
    const { asked, wake } = waking(async () => { if (!up) throw new Error('refused'); return ['k']; }, k);
    wake.changed();
    await vi.waitFor(() => expect(asked.mock.calls.length).toBeGreaterThan(2));
    expect(k.reconnect).not.toHaveBeenCalled();
    up = true;
    await vi.waitFor(() => expect(k.reconnect).toHaveBeenCalledTimes(1));
    const calls = asked.mock.calls.length;
    await turns();
    expect(asked.mock.calls.length).toBe(calls);
    wake.dispose();
  });

  it('looks often in the first half minute, then less so', async () => {
    vi.useFakeTimers();
    const asked = vi.fn(async () => { throw new Error('refused'); });
    const wake = new Wake(() => [connection('t')], asked);
    wake.changed();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(asked.mock.calls.length).toBeGreaterThanOrEqual(60);
    await vi.advanceTimersByTimeAsync(60_000);
    const calls = asked.mock.calls.length;
    await vi.advanceTimersByTimeAsync(80_000);
    expect(asked.mock.calls.length - calls).toBe(10);
    wake.dispose();
    vi.useRealTimers();
  });

  it('asks nothing while everything is connected', async () => {
    const { asked, wake } = waking(async () => ['k'], connection('k', 'connected'), connection('d', 'disconnected', 'dead'));
    wake.changed();
    wake.now();
    await turns();
    expect(asked).not.toHaveBeenCalled();
  });

  it('leaves a kernel alone that the server does not have', async () => {
    const k = connection('gone');
    const { asked, wake } = waking(async () => ['other'], k);
    wake.changed();
    await turns();
    expect(asked).toHaveBeenCalledTimes(1);
    expect(k.reconnect).not.toHaveBeenCalled();
  });

  it('looks at once when it is woken, and only once at a time', async () => {
    const k = connection('k', 'disconnected');
    k.reconnect.mockImplementation(async () => { k.connectionStatus = 'connected'; });
    const { asked, wake } = waking(async () => ['k'], k);
    wake.now();
    wake.now();
    await vi.waitFor(() => expect(k.reconnect).toHaveBeenCalled());
    expect(asked).toHaveBeenCalledTimes(1);
    wake.dispose();
  });

  it('does nothing more when it is disposed of', async () => {
    const k = connection('k');
    const { asked, wake } = waking(async () => ['k'], k);
    wake.changed();
    wake.dispose();
    await turns();
    expect(asked).not.toHaveBeenCalled();
  });
});
