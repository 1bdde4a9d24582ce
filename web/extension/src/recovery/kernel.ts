// kernel.ts - one connection of a notebook to its kernel: what runs there is given back to its cells
//
//     new KernelRecovery(kernel, cells, ask);     // as soon as the connection object exists
//
// Until the server has told which requests run, messages that nobody in this page asked for are held; then
// each request gets a future in its cell, and held and later messages go there.
//
// When the websocket is opened again, Lab's futures and ours go on: the server continues where it was.  It is only
// told again whose requests we show.  It is asked for outputs again if some were lost on the way: when a kernel
// dies, Lab drops its futures, and whatever it had received and not yet handled.  After a restart that somebody asked
// for Lab lets go of the cells too: what the server says of those that ran is put into them as it comes.
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import type { Ask, ICellEntry } from './api';
import type { ICells } from './cells';
import { AdoptedFuture } from './future';
import { Held, parentOf } from './held';
import { displayId } from './messages';
import { atMostOnce } from './once';
import { SentRequests } from './sent';

type IOPub = KernelMessage.IIOPubMessage;

interface IAdopted {
  entry: ICellEntry;
  future: AdoptedFuture;
}

const ATTEMPTS = 4;

export class KernelRecovery {
  isDisposed = false;

  constructor (
    private readonly kernel: Kernel.IKernelConnection,
    private readonly cells: ICells,
    private readonly ask: Ask,
    private readonly pauseMs = 1000,
    private readonly newHeld = () => new Held()
  ) {
    this.held = newHeld();
    atMostOnce(kernel);
    kernel.anyMessage.connect(this.onAny, this);
    kernel.iopubMessage.connect(this.onIOPub, this);
    kernel.connectionStatusChanged.connect(this.onConnection, this);
    kernel.statusChanged.connect(this.onStatus, this);
    kernel.disposed.connect(this.dispose, this);
    if (kernel.connectionStatus === 'connected') void this.recover();
  }

  dispose (): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this.cancel();
    this.held = null;
    this.kernel.anyMessage.disconnect(this.onAny, this);
    this.kernel.iopubMessage.disconnect(this.onIOPub, this);
    this.kernel.connectionStatusChanged.disconnect(this.onConnection, this);
    this.kernel.statusChanged.disconnect(this.onStatus, this);
    this.kernel.disposed.disconnect(this.dispose, this);
  }

  // -- what the connection says ------------------------------------------------------------------

  private onConnection (_: unknown, status: Kernel.ConnectionStatus): void {
    if (status === 'connected') void this.recover();
  }

  // A restart that somebody asked for ends everything, and may have cleared the outputs; one after a death is
  // told as `restarting` too, and as `autorestarting` before anything else can happen.
  private onStatus (_: unknown, status: Kernel.Status): void {
    if (status === 'autorestarting') {
      this.restarts = false;
      this.loseAdopted();
    } else if (status === 'restarting') {
      this.restarts = true;
      queueMicrotask(() => { if (this.restarts) this.restart(); });
    } else if (status === 'dead') this.forget();
  }

  // Of what is received only the channels that are not iopub, which Lab gives to its own futures alone, and why a
  // request ended in a restart, which nobody waits for.
  private onAny (_: unknown, { msg, direction }: Kernel.IAnyMessageArgs): void {
    if (direction === 'send') {
      this.sent.add(msg);
      return;
    }
    if (msg.channel === 'iopub' && msg.header.msg_type === 'error') this.tellRestart(msg as KernelMessage.IErrorMsg);
    const future = this.adopted.get(parentOf(msg))?.future;
    if (!future) return;
    if (msg.channel === 'stdin' && msg.header.msg_type === 'input_request') future.question(msg as KernelMessage.IInputRequestMsg);
    if (msg.channel === 'shell' && msg.header.msg_type === 'execute_reply') future.reply(msg as KernelMessage.IExecuteReplyMsg);
  }

  // After Lab's own handling and in the order of arrival, so that a widget exists when it is displayed.
  private onIOPub (_: unknown, msg: IOPub): void {
    if (this.held && this.isNobodys(msg)) this.held.add(msg);
    else this.deliver(msg);
    this.sent.heard(msg);
  }

  private isNobodys (msg: IOPub): boolean {
    const parent = msg.parent_header as Partial<KernelMessage.IHeader>;
    if (parent.msg_type !== 'execute_request' || this.adopted.has(parentOf(msg))) return false;
    return parent.session !== this.kernel.clientId || this.lost.has(parentOf(msg));
  }

  // -- asking -------------------------------------------------------------------------------------

  private async recover (): Promise<void> {
    const turn = ++this.turn, current = () => !this.isDisposed && turn === this.turn;
    await this.cells.ready;
    if (!current()) return;
    for (const [id] of this.sent.lost(this.cells)) this.lost.add(id);
    if (this.lost.size) this.held ??= this.newHeld();
    if (this.held) await this.takeAll(this.held, current);
    else if (this.isShowing()) await this.ask(this.kernel.id, this.kernel.clientId, false).catch(() => null);
  }

  // A request that fails because the connection broke is made again when there is another.
  private async takeAll (held: Held, current: () => boolean): Promise<void> {
    for (let i = 0; i < ATTEMPTS; i++) {
      held.overflown = false;
      const snapshot = await this.ask(this.kernel.id, this.kernel.clientId, true).catch(() => undefined);
      if (!current()) return;
      if (snapshot !== undefined && !held.overflown) {
        for (const entry of snapshot?.entries ?? []) if (this.isWanted(entry)) this.adopt(entry, held);
        break;
      }
      if (snapshot === undefined) await new Promise(ok => setTimeout(ok, this.pauseMs << i));
      if (!current()) return;
    }
    this.asked = true;
    this.lost.clear();
    this.held = null;
    for (const msg of held.take()) this.deliver(msg);
  }

  // At first everything; later what this page showed and lost.  Never over what the person has run since, and
  // not what the cell shows already, unless it can be updated.
  private isWanted (entry: ICellEntry): boolean {
    const cell = this.cells.find(entry.cell_id), sent = this.sent.ofCell(entry.cell_id);
    if (!cell || (sent && sent !== entry.msg_id)) return false;
    if (this.lost.has(entry.msg_id)) return true;
    if (this.asked || sent || this.adopted.has(entry.msg_id)) return false;
    return entry.state !== 'done' || !cell.shows(entry) || !!entry.outputs?.some(o => o.transient?.display_id);
  }

  private adopt (entry: ICellEntry, held: Held): void {
    const { outputs: _, ...rest } = entry;
    const future = new AdoptedFuture(this.kernel, entry, count => {
      const cell = this.cells.find(entry.cell_id);
      if (cell?.request === entry.msg_id) this.as(rest, () => cell.settle(count));
    });
    if (entry.last_msg_id !== null && held.dropped(entry.msg_id) === entry.last_msg_id) future.caughtUp();
    this.adopted.set(entry.msg_id, { entry: rest, future });
    const cell = this.cells.find(entry.cell_id)!, show = () => {
      cell.begin(future);
      future.show(entry);
      if (this.lost.has(entry.msg_id)) future.cancel(); // with the kernel that ran it
    };
    if (entry.state === 'done' && cell.shows(entry)) this.cells.quietly(show);
    else this.as(entry, show);
  }

  // -- what goes to adopted requests ---------------------------------------------------------------

  private deliver (msg: IOPub): void {
    const parent = parentOf(msg), adopted = this.adopted.get(parent);
    if (!adopted?.future.isBehind) this.updateDisplays(msg);
    if (!adopted) return;
    if (adopted.future.isDisposed) this.adopted.delete(parent);
    else this.as(adopted.entry, () => adopted.future.take(msg));
  }

  // Wherever it is displayed: Lab knows only what it saw being displayed.
  private updateDisplays (msg: IOPub): void {
    const id = displayId(msg);
    if (id === undefined) return;
    for (const { entry, future } of this.adopted.values())
      if (future.displays.has(id)) this.as(entry, () => future.update(msg));
  }

  // With others at the same cell, their page saves it: two with changes would only meet in a conflict.
  private as (entry: Pick<ICellEntry, 'others'>, what: () => void): void {
    if (entry.others) this.cells.quietly(what);
    else what();
  }

  private isShowing (): boolean {
    return this.sent.some() || [...this.adopted.values()].some(a => !a.future.isDone);
  }

  // -- ends -----------------------------------------------------------------------------------------

  private restart (): void {
    this.ended.clear();
    for (const [id, cell_id] of this.sent.lost(this.cells)) this.ended.set(id, { cell_id });
    for (const [id, { entry, future }] of this.adopted) if (!future.isDone && !future.isDisposed) this.ended.set(id, entry);
    this.forget();
  }

  private tellRestart (msg: KernelMessage.IErrorMsg): void {
    const id = parentOf(msg), entry = this.ended.get(id), cell = entry && this.cells.find(entry.cell_id);
    this.ended.delete(id);
    if (cell?.request === id) this.as(entry!, () => cell.add({ output_type: 'error', ...msg.content }));
  }

  private forget (): void {
    this.restarts = false;
    this.sent.clear();
    this.lost.clear();
    this.cancel();
  }

  // Their last messages may be among those that were dropped.
  private loseAdopted (): void {
    for (const [id, { future }] of this.adopted) if (!future.isDone && !future.isDisposed) this.lost.add(id);
    this.cancel();
  }

  private cancel (): void {
    for (const { entry, future } of this.adopted.values()) this.as(entry, () => future.cancel());
    this.adopted.clear();
  }

  private readonly adopted = new Map<string, IAdopted>();
  private readonly sent = new SentRequests();
  /** Requests that this page showed and that Lab's handling, or ours, broke off. */
  private readonly lost = new Set<string>();
  /** Requests that ended in a restart that somebody asked for, and whose cells may still be told so. */
  private readonly ended = new Map<string, Pick<ICellEntry, 'cell_id' | 'others'>>();
  /** Not null: until the server has been asked, at first or for what was lost. */
  private held: Held | null;
  private asked = false;
  private restarts = false;
  private turn = 0;
}
