// DeathWatch without a page and without a server.
import { describe, expect, it, vi } from 'vitest';
import { DeathWatch, IDeath, IKernelModel } from './death';

const KILLED = 'it was killed by signal 9 (Killed)';

/** A watch whose server gives ANSWERS one after the other, then the last again. */
function watching (...answers: IKernelModel[]) {
  const told: IDeath[] = [];
  const ask = vi.fn(async () => (answers.length > 1 ? answers.shift()! : answers[0]));
  return { told, ask, watch: new DeathWatch(ask, d => told.push(d), 1) };
}

describe('DeathWatch', () => {
  it('tells the reason of a kernel that is started again', async () => {
    const { told, ask, watch } = watching({ reason: KILLED });
    await watch.saw('k1', 'a.ipynb', 'autorestarting');
    expect(told).toEqual([{ name: 'a.ipynb', reason: KILLED, restarts: true }]);
    expect(ask).toHaveBeenCalledWith('k1');
  });

  it('shortens a long name, so that the reason has room in a notification', async () => {
    const { told, watch } = watching({ reason: KILLED });
    await watch.saw('k1', `${'é'.repeat(100)} of 2026.ipynb`, 'dead');
    expect(told[0].name).toBe(`${'é'.repeat(27)}…f 2026.ipynb`);
    await watch.saw('k1', 'n'.repeat(40), 'dead');
    expect(told[1].name).toBe('n'.repeat(40));
  });

  it('tells of one that stays dead', async () => {
    const { told, watch } = watching({ reason: KILLED });
    await watch.saw('k1', 'a.ipynb', 'dead');
    expect(told[0].restarts).toBe(false);
  });

  it('asks nothing for any other status', async () => {
    const { ask, watch } = watching({ reason: KILLED });
    for (const s of ['idle', 'busy', 'starting', 'restarting', 'unknown']) await watch.saw('k1', 'a', s);
    expect(ask).not.toHaveBeenCalled();
  });

  it('says nothing if the server has no reason', async () => {
    const { told, ask, watch } = watching({});
    await watch.saw('k1', 'a.ipynb', 'autorestarting');
    expect(told).toEqual([]);
    expect(ask).toHaveBeenCalledTimes(3);
  });

  it('waits for a reason that comes a moment after the status', async () => {
    const { told, watch } = watching({}, { reason: KILLED });
    await watch.saw('k1', 'a.ipynb', 'autorestarting');
    expect(told).toHaveLength(1);
  });

  it('tells one death once, whoever else sees it', async () => {
    const { told, watch } = watching({ reason: KILLED });
    await Promise.all([watch.saw('k1', 'a', 'autorestarting'), watch.saw('k1', 'b', 'autorestarting'), watch.saw('k2', 'c', 'autorestarting')]);
    expect(told.map(d => d.name)).toEqual(['a', 'c']);
    await watch.saw('k1', 'b', 'autorestarting');
    expect(told).toHaveLength(3);
  });

  it('is silent when it is switched off, also while it asks', async () => {
    const { told, ask, watch } = watching({ reason: KILLED });
    const asked = watch.saw('k1', 'a', 'autorestarting');
    watch.enabled = false;
    await asked;
    await watch.saw('k1', 'a', 'autorestarting');
    expect(told).toEqual([]);
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it('leaves a kernel that is gone, or a server that is, to the page', async () => {
    const told: IDeath[] = [];
    const watch = new DeathWatch(() => Promise.reject(new Error('404')), d => told.push(d), 1);
    await watch.saw('k1', 'a', 'dead');
    expect(told).toEqual([]);
  });
});
