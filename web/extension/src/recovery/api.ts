// api.ts - what the server recorded of a kernel's requests, cell by cell (docs/PROTOCOL.md, "pages")
import type { IOutput } from '@jupyterlab/nbformat';
import { ServerConnection } from '@jupyterlab/services';
import type { KernelMessage } from '@jupyterlab/services';
import { getJSON } from '../handler';

/** An output as in a notebook, and the display_id it can be updated by. */
export type IRecordedOutput = IOutput & { transient?: { display_id?: string } };

/** The newest request of one cell; listed while it runs, waits, or has ended and is not yet in the saved document. */
export interface ICellEntry {
  cell_id: string;
  msg_id: string;
  /** Of the execute_request: the parent of everything that follows. */
  header: KernelMessage.IHeader<'execute_request'>;
  state: 'queued' | 'running' | 'done';
  execution_count: number | null;
  /** Absent if it was not asked for. */
  outputs?: IRecordedOutput[];
  /** A clear_output (wait=True) came, and no output since. */
  clear_next?: boolean;
  /** The last message that is part of the outputs. */
  last_msg_id: string | null;
  /** That message has come, or will come, over our websocket too; otherwise everything from there is newer. */
  live: boolean;
  /** A question that waits for its answer. */
  input_request: KernelMessage.IInputRequestMsg | null;
  /** How many other connected pages show the request as theirs. */
  others?: number;
}

export interface ISnapshot {
  entries: ICellEntry[];
}

/** Asks for the entries of KERNEL and makes SESSION, our websocket, an owner of them; null: no such server. */
export type Ask = (kernel: string, session: string, outputs: boolean) => Promise<ISnapshot | null>;

export const askServer: Ask = async (kernel, session, outputs) => {
  const query = `session_id=${encodeURIComponent(session)}&adopt=1${outputs ? '' : '&outputs=0'}`;
  try {
    return await getJSON<ISnapshot>(`labwright/api/kernels/${encodeURIComponent(kernel)}/cells?${query}`);
  } catch (e) {
    if (e instanceof ServerConnection.ResponseError && e.response.status === 404) return null;
    throw e;
  }
};
