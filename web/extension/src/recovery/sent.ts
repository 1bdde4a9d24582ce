// sent.ts - the execute_requests that this page sent, the newest of each cell
import type { KernelMessage } from '@jupyterlab/services';
import type { ICells } from './cells';
import { parentOf } from './held';

interface ISent {
  cell: string;
  /** Its `idle` has been handled. */
  ended: boolean;
}

/** So many cells are remembered. */
const CELLS = 4096;

export class SentRequests {
  /** Something was sent. */
  add (msg: KernelMessage.IMessage): void {
    const cell = (msg.metadata as { cellId?: string }).cellId;
    if (msg.header.msg_type !== 'execute_request' || !cell) return;
    const before = this.cells.get(cell);
    if (before) this.requests.delete(before);
    this.requests.set(msg.header.msg_id, { cell, ended: false });
    this.cells.set(cell, msg.header.msg_id);
    if (this.requests.size > CELLS) this.dropOldest();
  }

  /** MSG has been handled. */
  heard (msg: KernelMessage.IIOPubMessage): void {
    if (msg.header.msg_type !== 'status' || (msg as KernelMessage.IStatusMsg).content.execution_state !== 'idle') return;
    const sent = this.requests.get(parentOf(msg));
    if (sent) sent.ended = true;
  }

  /** Id of the newest request of CELL. */
  ofCell (cell: string): string | undefined {
    return this.cells.get(cell);
  }

  /** Is any under way? */
  some (): boolean {
    return [...this.requests.values()].some(s => !s.ended);
  }

  /** Those whose future went before they ended, and their cells. */
  lost (cells: ICells): [string, string][] {
    return [...this.requests].filter(([id, s]) => {
      const cell = s.ended ? null : cells.find(s.cell);
      return cell?.request === id && cell.isBroken;
    }).map(([id, s]) => [id, s.cell]);
  }

  clear (): void {
    this.requests.clear();
    this.cells.clear();
  }

  private dropOldest (): void {
    const [[id, { cell }]] = this.requests;
    this.requests.delete(id);
    this.cells.delete(cell);
  }

  private readonly requests = new Map<string, ISent>();
  private readonly cells = new Map<string, string>();
}
