// connections.ts - Wake for the kernels and terminals that the shell shows, and what wakes it
import type { ILabShell } from '@jupyterlab/application';
import type { ISessionContext } from '@jupyterlab/apputils';
import type { Terminal } from '@jupyterlab/services';
import { getJSON } from '../handler';
import { eachSession, eachTerminal } from '../sessions';
import { atMostOnce } from './once';
import { IConnection, Wake } from './wake';

/** An answer that takes longer is none: after a sleep, connections can hang that nobody serves any more. */
const PATIENCE_MS = 5000;

async function listed<Model> (path: string): Promise<Model[]> {
  return getJSON<Model[]>(path, { signal: AbortSignal.timeout(PATIENCE_MS) });
}

const terminalId = (name: string) => `terminals/${name}`;

async function alive (terminals: boolean): Promise<string[]> {
  const [kernels, names] = await Promise.all([
    listed<{ id: string }>('api/kernels'), terminals ? listed<{ name: string }>('api/terminals') : []
  ]);
  return [...kernels.map(k => k.id), ...names.map(t => terminalId(t.name))];
}

function connectionOf (terminal: Terminal.ITerminalConnection): IConnection {
  return {
    id: terminalId(terminal.name),
    status: 'unknown',
    get isDisposed () { return terminal.isDisposed; },
    get connectionStatus () { return terminal.connectionStatus; },
    reconnect: () => terminal.reconnect()
  };
}

export function reconnectSoon (shell: ILabShell): void {
  const contexts = new Set<ISessionContext>();
  const terminals = new Set<IConnection>();
  const kernels = () => [...contexts].map(c => c.session?.kernel).filter((k): k is NonNullable<typeof k> => !!k);
  const wake = new Wake(() => [...kernels() as IConnection[], ...terminals], () => alive(terminals.size > 0));
  eachSession(shell, context => {
    const seen = () => {
      const kernel = context.session?.kernel;
      if (kernel) atMostOnce(kernel);
      wake.changed();
    };
    contexts.add(context);
    context.kernelChanged.connect(seen);
    context.connectionStatusChanged.connect(seen);
    context.disposed.connect(() => contexts.delete(context));
    seen();
  });
  eachTerminal(shell, (terminal, tellSize) => {
    const connection = connectionOf(terminal);
    terminals.add(connection);
    terminal.connectionStatusChanged.connect((_, status) => {
      if (status === 'connected') tellSize(); // Lab tells it to the first server only
      wake.changed();
    });
    terminal.disposed.connect(() => terminals.delete(connection));
    wake.changed();
  });
  window.addEventListener('online', () => wake.now());
  window.addEventListener('pageshow', () => wake.now());
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) wake.now();
  });
}
