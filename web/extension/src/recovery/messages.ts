// messages.ts - recorded outputs as the messages that would make them
import type { KernelMessage } from '@jupyterlab/services';
import type { ICellEntry, IRecordedOutput } from './api';

type IOPub = KernelMessage.IIOPubMessage;

/** What an output area has to be given, after it was cleared, to show ENTRY. */
export function messagesOf (entry: ICellEntry): IOPub[] {
  const messages = (entry.outputs ?? []).map(output => messageOf(output, entry));
  if (entry.clear_next) messages.push(message('clear_output', { wait: true }, entry));
  return messages;
}

function messageOf (output: IRecordedOutput, entry: ICellEntry): IOPub {
  const { output_type, ...content } = output;
  // A text in lines is for files; an output area would put line ends between them.
  if (Array.isArray(content.text)) content.text = content.text.join('');
  return message(output_type as KernelMessage.IOPubMessageType, content, entry);
}

function message (type: KernelMessage.IOPubMessageType, content: unknown, entry: ICellEntry): IOPub {
  return {
    channel: 'iopub', content, metadata: {}, buffers: [], parent_header: entry.header,
    header: { ...entry.header, msg_id: '', msg_type: type }
  } as unknown as IOPub;
}

const DISPLAYING = ['display_data', 'update_display_data', 'execute_result'];

/** The display_id that MSG makes or updates, if it has one. */
export function displayId (msg: IOPub): string | undefined {
  if (!DISPLAYING.includes(msg.header.msg_type)) return undefined;
  return (msg.content as { transient?: { display_id?: string } }).transient?.display_id;
}
