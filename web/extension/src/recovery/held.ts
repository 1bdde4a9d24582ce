// held.ts - messages that wait until it is known whose they are
//
// When there is no more room all are dropped and `overflown` is set: what was dropped is then part of the
// next answer of the server, and `dropped` tells up to where.
import type { KernelMessage } from '@jupyterlab/services';

type IOPub = KernelMessage.IIOPubMessage;

const MESSAGES = 20000;
const BYTES = 64 * 1024 * 1024;

export class Held {
  overflown = false;

  constructor (private readonly most = MESSAGES, private readonly mostBytes = BYTES) {}

  add (msg: IOPub): void {
    const bytes = weight(msg);
    if (this.list.length >= this.most || this.bytes + bytes > this.mostBytes) this.drop();
    this.list.push(msg);
    this.bytes += bytes;
  }

  /** Id of the newest message of request PARENT that was dropped. */
  dropped (parent: string): string | undefined {
    return this.newest.get(parent);
  }

  /** All that is held, in the order of arrival; and nothing is from now on. */
  take (): IOPub[] {
    const list = this.list;
    this.list = [];
    this.bytes = 0;
    return list;
  }

  private drop (): void {
    for (const msg of this.take()) this.newest.set(parentOf(msg), msg.header.msg_id);
    this.overflown = true;
  }

  private list: IOPub[] = [];
  private bytes = 0;
  private readonly newest = new Map<string, string>();
}

export function parentOf (msg: KernelMessage.IMessage): string {
  return (msg.parent_header as Partial<KernelMessage.IHeader>).msg_id ?? '';
}

// Texts and buffers; the rest is counted as a constant.
function weight (msg: IOPub): number {
  const { text, data } = msg.content as { text?: unknown; data?: object };
  let bytes = 1024;
  for (const s of [text, ...Object.values(data ?? {})]) if (typeof s === 'string') bytes += s.length;
  for (const b of msg.buffers ?? []) bytes += b.byteLength;
  return bytes;
}
