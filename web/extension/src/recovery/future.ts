// future.ts - the future of a request that another page sent
//
//     const future = new AdoptedFuture(kernel, entry, ended);
//     cell.outputArea.future = future;            // which sets its handlers
//     future.show(entry);                         // the outputs so far, and a question that waits
//     future.take(message);                       // each iopub message of the request, in their order
//
// To an output area it is what requestExecute returns.  It ends with the request's `idle`: the reply was
// addressed to the page that is gone.  Afterwards it lives on for updates of what it displays, until the area
// is given another future or goes.
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import type { ICellEntry } from './api';
import { displayId, messagesOf } from './messages';

type IOPub = KernelMessage.IIOPubMessage;
type Hook = (msg: IOPub) => boolean | PromiseLike<boolean>;
type Handler<M> = (msg: M) => void | PromiseLike<void>;

/** Is given the execution count when the request has ended; null if it ended without one. */
export type Ended = (count: number | null) => void;

const ignore = () => undefined;

export class AdoptedFuture implements Kernel.IShellFuture<KernelMessage.IExecuteRequestMsg, KernelMessage.IExecuteReplyMsg> {
  onReply: Handler<KernelMessage.IExecuteReplyMsg> = ignore;
  onIOPub: Handler<IOPub> = ignore;
  onStdin: Handler<KernelMessage.IStdinMessage> = ignore;
  readonly msg: KernelMessage.IExecuteRequestMsg;
  /** Never rejected: nobody waits for an adopted request as an error of his own. */
  readonly done: Promise<KernelMessage.IExecuteReplyMsg>;
  /** What was displayed with an id, and can be updated from any request. */
  readonly displays = new Set<string>();
  isDisposed = false;
  /** The request has ended. */
  isDone = false;

  constructor (private readonly kernel: Kernel.IKernelConnection, entry: ICellEntry, private readonly ended: Ended) {
    this.msg = {
      header: entry.header, parent_header: {}, metadata: {}, content: { code: '' }, buffers: [], channel: 'shell'
    } as unknown as KernelMessage.IExecuteRequestMsg;
    this.count = entry.execution_count;
    this.skipTo = entry.live ? entry.last_msg_id : null;
    this.done = new Promise(ok => { this.resolve = ok; });
  }

  /** Once, after the handlers are set. */
  show (entry: ICellEntry): void {
    for (const msg of messagesOf(entry)) this.handle(msg);
    if (entry.state === 'done') this.end();
    else if (entry.input_request) this.question(entry.input_request);
  }

  /** MSG is of this request; what the outputs shown at the beginning have already is left out. */
  take (msg: IOPub): void {
    if (this.skipTo === null && msg.header.msg_type !== 'update_display_data') this.work(msg);
    if (msg.header.msg_id === this.skipTo) this.skipTo = null;
  }

  /** Of whatever request MSG is: show it where its display_id was displayed. */
  update (msg: IOPub): void {
    this.work({ ...msg, header: { ...msg.header, msg_type: 'update_display_data' } } as IOPub);
  }

  /** Messages still come that `show` has shown. */
  get isBehind (): boolean {
    return this.skipTo !== null;
  }

  /** What `show` has shown will not come again. */
  caughtUp (): void {
    this.skipTo = null;
  }

  question (msg: KernelMessage.IInputRequestMsg): void {
    if (this.isDone || this.isDisposed || msg.header.msg_id === this.asked) return;
    this.asked = msg.header.msg_id;
    this.kernel.hasPendingInput = true;
    void this.onStdin({ ...msg, channel: 'stdin' });
  }

  reply (msg: KernelMessage.IExecuteReplyMsg): void {
    if (!this.isDisposed) void this.onReply(msg);
  }

  /** The request will not end: its kernel was restarted or is gone. */
  cancel (): void {
    this.count = null;
    this.end();
  }

  registerMessageHook (hook: Hook): void {
    this.removeMessageHook(hook);
    this.hooks.push(hook);
  }

  removeMessageHook (hook: Hook): void {
    this.hooks = this.hooks.filter(h => h !== hook);
  }

  sendInputReply (content: KernelMessage.IInputReplyMsg['content'], parent: KernelMessage.IInputReplyMsg['parent_header']): void {
    this.asked = null;
    this.kernel.sendInputReply(content, parent);
  }

  dispose (): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this.onReply = this.onIOPub = this.onStdin = ignore;
    this.hooks = [];
    this.displays.clear();
    this.end();
  }

  // Without hooks at once; with them in the order of arrival, each message after the last one's hooks.
  private work (msg: IOPub): void {
    if (!this.hooks.length && !this.waiting) {
      this.handle(msg);
      return;
    }
    this.waiting++;
    this.queue = this.queue.then(async () => {
      for (const hook of [...this.hooks].reverse()) if ((await hook(msg)) === false) return;
      this.handle(msg);
    }).catch(e => console.error(e)).finally(() => { this.waiting--; });
  }

  private handle (msg: IOPub): void {
    if (this.isDisposed) return;
    const id = displayId(msg);
    if (id !== undefined && msg.header.msg_type === 'display_data') this.displays.add(id);
    if (msg.header.msg_type === 'execute_input') this.count = (msg as KernelMessage.IExecuteInputMsg).content.execution_count;
    void this.onIOPub(msg);
    if (msg.header.msg_type === 'status' && (msg as KernelMessage.IStatusMsg).content.execution_state === 'idle') this.end();
  }

  private end (): void {
    if (this.isDone) return;
    this.isDone = true;
    if (this.asked !== null) this.kernel.hasPendingInput = false;
    this.resolve(undefined as unknown as KernelMessage.IExecuteReplyMsg);
    if (!this.isDisposed) this.ended(this.count);
  }

  private count: number | null;
  private skipTo: string | null;
  private asked: string | null = null;
  private hooks: Hook[] = [];
  private queue = Promise.resolve();
  private waiting = 0;
  private resolve: (reply: KernelMessage.IExecuteReplyMsg) => void = ignore;
}
