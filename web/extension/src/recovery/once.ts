// once.ts - no message is handled twice
//
//     atMostOnce(kernel);                       // any number of times for one connection
//
// When the server is killed, what it had sent and not yet acknowledged to the keeper is sent again on the next
// websocket.  A repeated message is known by its msg_id, and is only looked for among those that came before
// the latest (re)opening: a kernel that gives one id to several messages loses nothing.
import type { Kernel, KernelMessage } from '@jupyterlab/services';

/** As many messages are remembered; more than can be on their way at once (a window of 1 MiB, and the socket's). */
const REMEMBERED = 16384;

/** The ids of the latest messages and the opening that they came in. */
export class Once {
  constructor (private readonly size = REMEMBERED) {}

  /** A websocket was opened. */
  opened (): void {
    this.opening++;
  }

  /** False if the message came before the latest opening. */
  isNew (id: string): boolean {
    if (!id) return true;
    const came = this.young.get(id) ?? this.old.get(id) ?? this.opening;
    if (this.young.size >= this.size && !this.young.has(id)) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(id, came);
    return came === this.opening;
  }

  private opening = 0;
  private young = new Map<string, number>();
  private old = new Map<string, number>();
}

const guarded = new WeakSet<Kernel.IKernelConnection>();

/** Let nobody see a message of KERNEL's connection for a second time. */
export function atMostOnce (kernel: Kernel.IKernelConnection): void {
  if (guarded.has(kernel)) return;
  guarded.add(kernel);
  const once = new Once();
  kernel.connectionStatusChanged.connect((_, status) => {
    if (status === 'connected') once.opened();
  });
  kernel.anyMessage.connect((_, { msg, direction }) => {
    if (direction === 'recv' && !once.isNew(msg.header.msg_id)) silence(msg);
  });
}

/**
 * anyMessage comes before any handling, and there is no other place that all messages pass, comms included: a hook
 * sees only those of one request.  On a channel that does not exist and with no parent, Lab does nothing with it.
 */
function silence (msg: KernelMessage.IMessage): void {
  const mute = msg as { channel: string; parent_header: unknown };
  mute.channel = 'repeated';
  mute.parent_header = {};
}
