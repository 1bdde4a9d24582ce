// sessions.ts - every document in the main area that has a kernel, now and later
import { ILabShell } from '@jupyterlab/application';
import { ISessionContext } from '@jupyterlab/apputils';

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
