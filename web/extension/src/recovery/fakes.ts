// fakes.ts - for the tests: a kernel connection, a notebook of cells, and what a server records
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import type { ICellEntry, IRecordedOutput } from './api';
import type { ICell, ICells } from './cells';
import type { AdoptedFuture } from './future';

type Msg = KernelMessage.IMessage;
type Slot<T> = (sender: unknown, args: T) => void;

class FakeSignal<T> {
  connect (slot: Slot<T>, self?: unknown): void {
    this.slots.push([slot, self]);
  }

  disconnect (slot: Slot<T>, self?: unknown): void {
    this.slots = this.slots.filter(([f, s]) => f !== slot || s !== self);
  }

  emit (args: T): void {
    for (const [slot, self] of [...this.slots]) slot.call(self, this, args);
  }

  slots: [Slot<T>, unknown][] = [];
}

export function header (type: string, id: string, session: string): KernelMessage.IHeader {
  return { msg_id: id, msg_type: type, session, username: '', date: '', version: '5.4' } as KernelMessage.IHeader;
}

/** The execute_request with this id, sent by a page that is gone. */
export const request = (id: string, session = 'gone') => header('execute_request', id, session);

let made = 0;

/** An iopub message of request PARENT. */
export function iopub (type: string, content: unknown, parent: KernelMessage.IHeader, id = `m${++made}`): Msg {
  return { channel: 'iopub', header: header(type, id, 'k'), parent_header: parent, metadata: {}, content, buffers: [] } as unknown as Msg;
}

export const stream = (text: string, parent: KernelMessage.IHeader, id?: string) => iopub('stream', { name: 'stdout', text }, parent, id);
export const idle = (parent: KernelMessage.IHeader, id?: string) => iopub('status', { execution_state: 'idle' }, parent, id);

export class FakeKernel {
  readonly id = 'kernel';
  readonly clientId = 'page';
  connectionStatus = 'connecting';
  hasPendingInput = false;
  readonly anyMessage = new FakeSignal<{ msg: Msg; direction: string }>();
  readonly iopubMessage = new FakeSignal<Msg>();
  readonly connectionStatusChanged = new FakeSignal<string>();
  readonly statusChanged = new FakeSignal<string>();
  readonly disposed = new FakeSignal<void>();
  readonly replies: unknown[] = [];

  get connection (): Kernel.IKernelConnection {
    return this as unknown as Kernel.IKernelConnection;
  }

  connect (status = 'connected'): void {
    this.connectionStatus = status;
    this.connectionStatusChanged.emit(status);
  }

  /** A message arrives and is handled. */
  receive (msg: Msg): void {
    this.anyMessage.emit({ msg, direction: 'recv' });
    if (msg.channel === 'iopub') this.iopubMessage.emit(msg);
  }

  /** The person runs CELL. */
  send (cell: FakeCell, id: string): void {
    const msg = { channel: 'shell', header: request(id, this.clientId), parent_header: {}, metadata: { cellId: cell.id }, content: {} };
    cell.request = id;
    cell.isBroken = false;
    this.anyMessage.emit({ msg: msg as unknown as Msg, direction: 'send' });
  }

  sendInputReply (content: unknown): void {
    this.replies.push(content);
    this.hasPendingInput = false;
  }
}

/** A cell that shows the text of its outputs as a list. */
export class FakeCell implements ICell {
  shown: string[] = [];
  questions: string[] = [];
  count: number | null = null;
  state = 'idle';
  request: string | null = null;
  isBroken = false;
  future: AdoptedFuture | null = null;
  private clearNext = false;
  private readonly displays = new Map<string, number[]>();

  constructor (readonly id: string) {}

  shows (entry: ICellEntry): boolean {
    return this.count === entry.execution_count && this.shown.join('') === (entry.outputs ?? []).map(textOf).join('');
  }

  begin (future: AdoptedFuture): void {
    this.future?.dispose();
    Object.assign(this, { shown: [], count: null, state: 'running', future, request: future.msg.header.msg_id });
    future.onIOPub = msg => this.handle(msg);
    future.onStdin = msg => { this.questions.push((msg as KernelMessage.IInputRequestMsg).content.prompt); };
  }

  settle (count: number | null): void {
    if (count !== null) this.count = count;
    this.state = 'idle';
  }

  add (output: IRecordedOutput): void {
    this.shown.push(textOf(output));
  }

  private handle (msg: KernelMessage.IIOPubMessage): void {
    const type = msg.header.msg_type, content = msg.content as { wait?: boolean };
    const id = (msg.content as { transient?: { display_id?: string } }).transient?.display_id;
    if (type === 'clear_output') {
      if (content.wait) this.clearNext = true;
      else this.shown = [];
    } else if (type === 'update_display_data') {
      for (const i of this.displays.get(id!) ?? []) this.shown[i] = textOf(msg.content as IRecordedOutput);
    } else if (['stream', 'display_data', 'execute_result', 'error'].includes(type)) {
      if (this.clearNext) this.shown = [];
      this.clearNext = false;
      this.shown.push(textOf(msg.content as IRecordedOutput));
      if (id && type === 'display_data') this.displays.set(id, [...(this.displays.get(id) ?? []), this.shown.length - 1]);
    }
  }
}

function textOf (output: object): string {
  const o = output as { text?: string; data?: Record<string, string>; evalue?: string };
  return o.text ?? o.data?.['text/plain'] ?? o.evalue ?? '';
}

export class FakeCells implements ICells {
  readonly ready = Promise.resolve();
  dirty = false;
  readonly cells: FakeCell[];

  constructor (...ids: string[]) {
    this.cells = ids.map(id => new FakeCell(id));
  }

  find (id: string): FakeCell | null {
    return this.cells.find(c => c.id === id) ?? null;
  }

  quietly (what: () => void): void {
    const dirty = this.dirty;
    what();
    this.dirty = dirty;
  }
}

/** An entry of a request that runs in cell ID. */
export function entry (id: string, more: Partial<ICellEntry> = {}): ICellEntry {
  return {
    cell_id: id, msg_id: `r-${id}`, header: request(`r-${id}`) as KernelMessage.IHeader<'execute_request'>, state: 'running',
    execution_count: 7, outputs: [], last_msg_id: null, live: true, input_request: null, ...more
  };
}

export const text = (s: string): IRecordedOutput => ({ output_type: 'stream', name: 'stdout', text: s });

/** Let everything that waits for promises go on. */
export const settled = () => new Promise(ok => setTimeout(ok, 0));
