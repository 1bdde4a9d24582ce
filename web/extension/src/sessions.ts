// sessions.ts - every document in the main area that has a kernel, and every terminal, now and later
import { ILabShell } from '@jupyterlab/application';
import { ISessionContext } from '@jupyterlab/apputils';
import type { Terminal } from '@jupyterlab/services';

/** Call SEEN once for each document's session context; notebooks and consoles have one. */
export function eachSession (shell: ILabShell, seen: (context: ISessionContext) => void): void {
  const known = new WeakSet<ISessionContext>();
  const look = () => {
    for (const widget of shell.widgets('main')) {
      const context = (widget as { sessionContext?: ISessionContext }).sessionContext;
      if (!context?.statusChanged || known.has(context)) continue;
      known.add(context);
      seen(context);
    }
  };
  shell.layoutModified.connect(look);
  look();
}

/** What a widget is if it shows a terminal. */
interface ITerminalWidget {
  content?: { session?: Terminal.ITerminalConnection; fit (): void };
}

/** Call SEEN once for each terminal; TELLSIZE sends its size to the server. */
export function eachTerminal (
  shell: ILabShell, seen: (terminal: Terminal.ITerminalConnection, tellSize: () => void) => void
): void {
  const known = new WeakSet<Terminal.ITerminalConnection>();
  const look = () => {
    for (const widget of [...shell.widgets('main'), ...shell.widgets('down')]) {
      const content = (widget as ITerminalWidget).content;
      const terminal = content?.session;
      if (!terminal?.messageReceived || known.has(terminal)) continue;
      known.add(terminal);
      seen(terminal, () => content?.fit());
    }
  };
  shell.layoutModified.connect(look);
  look();
}
