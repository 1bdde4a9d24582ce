// A page that is loaded while cells run: what its cells show, however messages and answers fall.
import { describe, expect, it, vi } from 'vitest';
import type { KernelMessage } from '@jupyterlab/services';
import type { Ask, ICellEntry, ISnapshot } from './api';
import { FakeCell, FakeCells, FakeKernel, entry, header, idle, iopub, request, settled, stream, text } from './fakes';
import { Held } from './held';
import { KernelRecovery } from './kernel';

/** A page whose server answers with what the test gives: `answer(entries)`, or null for no such server. */
function page (...ids: string[]) {
  const kernel = new FakeKernel(), cells = new FakeCells(...ids), waiting: ((s: ISnapshot | null | Error) => void)[] = [];
  const ask = vi.fn<Ask>(() => new Promise((ok, no) => waiting.push(s => (s instanceof Error ? no(s) : ok(s)))));
  const recovery = new KernelRecovery(kernel.connection, cells, ask, 0, () => new Held(10));
  const answer = async (...entries: ICellEntry[]) => {
    waiting.shift()!({ entries });
    await settled();
  };
  const connect = async () => {
    kernel.connect();
    await settled();
  };
  return { kernel, cells, ask, recovery, answer, connect, waiting, cell: cells.cells[0] };
}

const R = request('r-a');
const display = (type: string, id: string, s: string, parent: KernelMessage.IHeader, msgId?: string) =>
  iopub(type, { data: { 'text/plain': s }, metadata: {}, transient: { display_id: id } }, parent, msgId);
const question = (prompt: string, id: string) =>
  ({ ...iopub('input_request', { prompt, password: false }, R, id), channel: 'stdin' }) as KernelMessage.IInputRequestMsg;

/** As in Lab: whatever changes CELL is a change of the document. */
function marksChanges (cells: FakeCells, cell: FakeCell) {
  const begin = cell.begin.bind(cell);
  cell.begin = f => {
    cells.dirty = true;
    begin(f);
    const { onIOPub } = f;
    f.onIOPub = m => { cells.dirty = true; return onIOPub(m); };
  };
}

describe('a request that runs', () => {
  it('shows what was printed, then what is being printed, then its number', async () => {
    const { kernel, cell, connect, answer, ask } = page('a');
    await connect();
    expect(ask).toHaveBeenCalledWith('kernel', 'page', true);
    await answer(entry('a', { outputs: [text('0')], last_msg_id: 'm0', live: false }));
    expect([cell.state, cell.count, cell.shown]).toEqual(['running', null, ['0']]);
    kernel.receive(stream('1', R));
    kernel.receive(idle(R));
    expect([cell.state, cell.count, cell.shown]).toEqual(['idle', 7, ['0', '1']]);
  });

  it('loses and doubles nothing, wherever the answer falls among the messages', async () => {
    const all = ['0', '1', '2', '3', '4'];
    for (let recorded = 0; recorded <= 5; recorded++)
      for (let since = 0; since <= recorded; since++)
        for (let come = since; come <= 5; come++) {
          const { kernel, cell, connect, answer } = page('a');
          await connect();
          const messages = all.map((s, i) => stream(s, R, `p${i}`));
          for (const m of messages.slice(since, come)) kernel.receive(m);
          await answer(entry('a', {
            outputs: all.slice(0, recorded).map(text), last_msg_id: recorded ? `p${recorded - 1}` : null, live: since < recorded
          }));
          for (const m of messages.slice(come)) kernel.receive(m);
          expect(cell.shown.join(''), `${recorded} recorded, from ${since}, ${come} before the answer`).toBe('01234');
        }
  });

  it('waits when it is queued, and takes the number that it gets', async () => {
    const { kernel, cell, connect, answer } = page('a');
    await connect();
    await answer(entry('a', { state: 'queued', execution_count: null }));
    expect(cell.state).toBe('running');
    kernel.receive(iopub('execute_input', { code: '', execution_count: 9 }, R));
    kernel.receive(idle(R));
    expect([cell.state, cell.count]).toEqual(['idle', 9]);
  });

  it('has no number when it was never run', async () => {
    const { kernel, cell, connect, answer } = page('a');
    await connect();
    await answer(entry('a', { state: 'queued', execution_count: null }));
    kernel.receive(idle(R));
    expect([cell.state, cell.count]).toEqual(['idle', null]);
  });

  it('is cleared at the next output if that was asked for before', async () => {
    const { kernel, cell, connect, answer } = page('a');
    await connect();
    await answer(entry('a', { outputs: [text('old')], clear_next: true, last_msg_id: 'x', live: false }));
    expect(cell.shown).toEqual(['old']);
    kernel.receive(stream('new', R));
    expect(cell.shown).toEqual(['new']);
  });

  it('is ended by the end of its kernel connection', async () => {
    const { kernel, cell, connect, answer } = page('a');
    await connect();
    await answer(entry('a'));
    kernel.disposed.emit();
    expect([cell.state, cell.count]).toEqual(['idle', null]);
    expect(kernel.anyMessage.slots).toHaveLength(1); // atMostOnce's
  });
});

describe('displays', () => {
  it('are updated by their own request, by another of the gone page, and by one of this page', async () => {
    const { kernel, cell, connect, answer } = page('a', 'b');
    await connect();
    const shown = { output_type: 'display_data', data: { 'text/plain': '0 %' }, metadata: {}, transient: { display_id: 'd' } };
    await answer(entry('a', { outputs: [shown], last_msg_id: 'x', live: false }), entry('b', { state: 'queued' }));
    for (const parent of [R, request('r-b'), request('mine', 'page')]) {
      kernel.receive(display('update_display_data', 'd', parent.msg_id, parent));
      expect(cell.shown).toEqual([parent.msg_id]);
    }
    kernel.receive(display('display_data', 'd', 'twice', R));
    expect(cell.shown).toEqual(['twice', 'twice']);
  });

  it('are not set back by an update that the answer already has', async () => {
    const { kernel, cell, connect, answer } = page('a');
    await connect();
    kernel.receive(display('update_display_data', 'd', '1 %', R, 'u1'));
    const shown = { output_type: 'display_data', data: { 'text/plain': '2 %' }, metadata: {}, transient: { display_id: 'd' } };
    await answer(entry('a', { outputs: [shown], last_msg_id: 'u2' }));
    expect(cell.shown).toEqual(['2 %']);
    kernel.receive(display('update_display_data', 'd', '2 %', R, 'u2'));
    kernel.receive(display('update_display_data', 'd', '3 %', R, 'u3'));
    expect(cell.shown).toEqual(['3 %']);
  });

  it('of a cell that has ended are updated too', async () => {
    const { kernel, cell, connect, answer } = page('a');
    await connect();
    const shown = { output_type: 'display_data', data: { 'text/plain': '0 %' }, metadata: {}, transient: { display_id: 'd' } };
    await answer(entry('a', { state: 'done', outputs: [shown] }));
    kernel.receive(display('update_display_data', 'd', '9 %', request('mine', 'page')));
    expect([cell.shown, cell.count]).toEqual([['9 %'], 7]);
  });
});

describe('displays of a cell that shows what was recorded', () => {
  it('are updated, which only then changes the document', async () => {
    const { kernel, cells, cell, connect, answer } = page('a');
    Object.assign(cell, { shown: ['0 %'], count: 7 });
    marksChanges(cells, cell);
    await connect();
    const shown = { output_type: 'display_data', data: { 'text/plain': '0 %' }, metadata: {}, transient: { display_id: 'd' } };
    await answer(entry('a', { state: 'done', outputs: [shown] }));
    expect([cell.shown, cell.count, cells.dirty]).toEqual([['0 %'], 7, false]);
    kernel.receive(display('update_display_data', 'd', '9 %', request('mine', 'page')));
    expect([cell.shown, cells.dirty]).toEqual([['9 %'], true]);
  });
});

describe('a question', () => {
  it('that waits is asked again, once, and answered', async () => {
    const { kernel, cell, connect, answer } = page('a');
    await connect();
    const q = question('name? ', 'q1');
    kernel.receive(q);
    await answer(entry('a', { input_request: q }));
    kernel.receive(question('name? ', 'q1'));
    expect([cell.questions, kernel.hasPendingInput]).toEqual([['name? '], true]);
    cell.future!.sendInputReply({ status: 'ok', value: 'Ada' }, q.header);
    expect([kernel.replies, kernel.hasPendingInput]).toEqual([[{ status: 'ok', value: 'Ada' }], false]);
    kernel.receive(question('age? ', 'q2'));
    expect(cell.questions).toEqual(['name? ', 'age? ']);
  });

  it('no longer waits when the request has ended without an answer', async () => {
    const { kernel, connect, answer } = page('a');
    await connect();
    await answer(entry('a', { input_request: question('name? ', 'q1') }));
    kernel.receive(idle(R));
    expect(kernel.hasPendingInput).toBe(false);
  });
});

describe('what is left alone', () => {
  it('a cell that already shows what was recorded', async () => {
    const { cell, connect, answer } = page('a');
    Object.assign(cell, { shown: ['x'], count: 7 });
    await connect();
    await answer(entry('a', { state: 'done', outputs: [text('x')] }));
    expect(cell.future).toBeNull();
  });

  it('a cell that the person has run since', async () => {
    const { kernel, cell, connect, answer } = page('a');
    await connect();
    kernel.send(cell, 'mine');
    await answer(entry('a', { outputs: [text('old')] }));
    expect([cell.request, cell.shown]).toEqual(['mine', []]);
  });

  it('a cell that is not there', async () => {
    const { cell, connect, answer } = page('a');
    await connect();
    await answer(entry('deleted', { outputs: [text('x')] }));
    expect(cell.shown).toEqual([]);
  });

  it('the end of an old request when the person runs the cell again', async () => {
    const { kernel, cell, connect, answer } = page('a');
    await connect();
    await answer(entry('a'));
    kernel.send(cell, 'mine');
    cell.future!.dispose();
    kernel.receive(stream('late', R));
    kernel.receive(idle(R));
    expect([cell.state, cell.count, cell.shown]).toEqual(['running', null, []]);
  });

  it('everything, by a server without the endpoint', async () => {
    const { kernel, cell, connect, waiting, ask } = page('a');
    await connect();
    waiting.shift()!(null);
    await settled();
    kernel.receive(stream('x', R));
    expect([cell.shown, cell.future]).toEqual([[], null]);
    kernel.connect('connecting');
    await connect();
    expect(ask).toHaveBeenCalledTimes(1);
  });
});

describe('other pages at the same cell', () => {
  it('save it: this document is not changed by what it shows', async () => {
    for (const others of [0, 1]) {
      const { kernel, cells, cell, connect, answer } = page('a');
      marksChanges(cells, cell);
      await connect();
      await answer(entry('a', { outputs: [text('0')], others }));
      kernel.receive(stream('1', R));
      kernel.receive(idle(R));
      expect([cell.shown, cells.dirty]).toEqual([['0', '1'], others === 0]);
    }
  });
});

describe('a connection that comes back', () => {
  it('goes on, tells the server again what it shows, and asks for no outputs', async () => {
    const { kernel, cell, connect, answer, ask } = page('a');
    await connect();
    await answer(entry('a', { outputs: [text('0')], last_msg_id: 'p0' }));
    kernel.receive(stream('0', R, 'p0'));
    kernel.receive(stream('1', R, 'p1'));
    kernel.connect('connecting');
    await connect();
    expect(ask).toHaveBeenLastCalledWith('kernel', 'page', false);
    await answer();
    for (const i of [0, 1, 2]) kernel.receive(stream(String(i), R, `p${i}`));
    expect(cell.shown).toEqual(['0', '1', '2']);
  });

  it('asks nothing when all has ended', async () => {
    const { kernel, connect, answer, ask } = page('a');
    await connect();
    await answer();
    kernel.connect('connecting');
    await connect();
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it('asks again if it broke while it asked', async () => {
    const { kernel, cell, connect, answer, waiting } = page('a');
    await connect();
    kernel.receive(stream('0', R, 'p0'));
    kernel.connect('connecting');
    waiting.shift()!(new Error('network'));
    await connect();
    await answer(entry('a', { outputs: [text('0')], last_msg_id: 'p0' }));
    kernel.receive(stream('1', R, 'p1'));
    expect(cell.shown).toEqual(['0', '1']);
  });

  it('asks again if the server failed, some times', async () => {
    const { cell, connect, answer, waiting, ask } = page('a');
    await connect();
    waiting.shift()!(new Error('500'));
    await vi.waitFor(() => expect(ask).toHaveBeenCalledTimes(2));
    await answer(entry('a', { outputs: [text('0')] }));
    expect(cell.shown).toEqual(['0']);
  });
});

describe('too much to hold', () => {
  it('is asked for again, and nothing is lost or doubled', async () => {
    for (const recorded of [15, 20, 25]) {
      const { kernel, cell, connect, answer, ask } = page('a');
      await connect();
      const messages = Array.from({ length: 30 }, (_, i) => stream(`${i} `, R, `q${i}`));
      for (const m of messages.slice(0, 15)) kernel.receive(m);
      await answer(entry('a', { outputs: messages.slice(0, 3).map((_, i) => text(`${i} `)), last_msg_id: 'q2' }));
      expect(ask).toHaveBeenCalledTimes(2);
      for (const m of messages.slice(15, 18)) kernel.receive(m);
      await answer(entry('a', { outputs: messages.slice(0, recorded).map((_, i) => text(`${i} `)), last_msg_id: `q${recorded - 1}` }));
      for (const m of messages.slice(18)) kernel.receive(m);
      expect(cell.shown.join('')).toBe(messages.map((_, i) => `${i} `).join(''));
    }
  });
});

describe('the end of a kernel', () => {
  const dies = (kernel: FakeKernel) => {
    kernel.statusChanged.emit('restarting');
    kernel.statusChanged.emit('autorestarting');
  };
  const isRestarted = async (kernel: FakeKernel) => {
    kernel.statusChanged.emit('restarting');
    await settled();
  };
  /** Runs a cell, which stock Lab lets go of as its kernel ends. */
  const runs = (kernel: FakeKernel, cell: FakeCell, id: string) => {
    kernel.send(cell, id);
    cell.isBroken = true;
  };
  const died = { output_type: 'error', ename: 'KernelDied', evalue: 'killed', traceback: [] };

  it('gives a request of this page back what Lab dropped in the death', async () => {
    const { kernel, cell, connect, answer, ask } = page('a');
    await connect();
    await answer();
    runs(kernel, cell, 'r-a');
    dies(kernel);
    await connect();
    expect(ask).toHaveBeenCalledTimes(2);
    await answer(entry('a', { state: 'done', outputs: [text('all'), died], header: request('r-a', 'page') as never }));
    expect([cell.shown, cell.count, cell.state]).toEqual([['all', 'killed'], 7, 'idle']);
  });

  it('is the end of a request also for a server that has not heard of it', async () => {
    const { kernel, cell, connect, answer } = page('a');
    await connect();
    await answer();
    runs(kernel, cell, 'r-a');
    dies(kernel);
    await connect();
    await answer(entry('a', { outputs: [text('all')] }));
    expect([cell.shown, cell.count, cell.state]).toEqual([['all'], null, 'idle']);
  });

  it('the same for a request that was adopted', async () => {
    const { kernel, cell, connect, answer } = page('a');
    await connect();
    await answer(entry('a', { outputs: [text('0')] }));
    dies(kernel);
    expect(cell.state).toBe('idle');
    await connect();
    await answer(entry('a', { state: 'done', outputs: [text('0'), died] }));
    expect(cell.shown).toEqual(['0', 'killed']);
  });

  it('puts nothing back after a restart that was asked for', async () => {
    const { kernel, cell, connect, answer, ask } = page('a');
    await connect();
    await answer(entry('a', { outputs: [text('0')] }));
    await isRestarted(kernel);
    expect(cell.state).toBe('idle');
    cell.shown = [];
    await connect();
    expect(ask).toHaveBeenCalledTimes(1);
    expect(cell.shown).toEqual([]);
  });

  const restarted = (id: string) => iopub('error', { ename: 'KernelRestarted', evalue: 'restarted', traceback: [] }, request(id, 'page'));

  it('is told in the cells that ran, of this page and adopted ones, by a restart that was asked for', async () => {
    const { kernel, cells, connect, answer } = page('a', 'b', 'c');
    const [mine, adopted, done] = cells.cells;
    await connect();
    await answer(entry('b', { outputs: [text('0')] }));
    kernel.send(mine, 'r-a');
    kernel.send(done, 'r-c');
    kernel.receive(idle(request('r-c', 'page')));
    mine.isBroken = done.isBroken = true;
    await isRestarted(kernel);
    for (const id of ['r-a', 'r-b', 'r-c', 'r-a']) kernel.receive(restarted(id));
    expect([mine.shown, adopted.shown, done.shown]).toEqual([['restarted'], ['0', 'restarted'], []]);
  });

  it('is not told in a cell that was run again since', async () => {
    const { kernel, cell, connect, answer } = page('a');
    await connect();
    await answer();
    runs(kernel, cell, 'r-a');
    await isRestarted(kernel);
    kernel.send(cell, 'r-again');
    kernel.receive(restarted('r-a'));
    expect(cell.shown).toEqual([]);
  });
});

describe('hooks', () => {
  it('can take a message away, and keep the order while they think', async () => {
    const { kernel, cell, connect, answer } = page('a');
    await connect();
    await answer(entry('a'));
    const taken: string[] = [];
    cell.future!.registerMessageHook(async m => {
      await settled();
      const s = (m.content as { text?: string }).text;
      if (s === 'mine') taken.push(s);
      return s !== 'mine';
    });
    for (const s of ['0', 'mine', '1']) kernel.receive(stream(s, R));
    kernel.receive(idle(R));
    expect(cell.state).toBe('running');
    await vi.waitFor(() => expect(cell.state).toBe('idle'));
    expect([cell.shown, taken]).toEqual([['0', '1'], ['mine']]);
  });
});

describe('a reply', () => {
  it('that still comes is handed on', async () => {
    const { kernel, cell, connect, answer } = page('a');
    await connect();
    await answer(entry('a'));
    const replies: unknown[] = [];
    cell.future!.onReply = m => { replies.push(m.content); };
    const reply = { ...iopub('execute_reply', { status: 'ok' }, R), channel: 'shell', header: header('execute_reply', 'x', 'k') };
    kernel.receive(reply as unknown as KernelMessage.IMessage);
    expect(replies).toEqual([{ status: 'ok' }]);
  });
});
