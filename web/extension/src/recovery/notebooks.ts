// notebooks.ts - recovery for every notebook that is open or will be
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel } from '@jupyterlab/services';
import type { Ask } from './api';
import { PanelCells } from './cells';
import { KernelRecovery } from './kernel';

export function recoverNotebooks (tracker: INotebookTracker, ask: Ask): void {
  tracker.forEach(panel => watch(panel, ask));
  tracker.widgetAdded.connect((_, panel) => watch(panel, ask));
}

// Before the websocket is open: no message may pass unseen.
function watch (panel: NotebookPanel, ask: Ask): void {
  let recovery: KernelRecovery | null = null;
  const attach = (kernel: Kernel.IKernelConnection | null) => {
    recovery?.dispose();
    recovery = kernel ? new KernelRecovery(kernel, new PanelCells(panel), ask) : null;
  };
  panel.sessionContext.kernelChanged.connect((_, { newValue }) => attach(newValue ?? null));
  attach(panel.sessionContext.session?.kernel ?? null);
}
