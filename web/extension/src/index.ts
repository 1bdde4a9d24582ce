// index.ts - the plugins of this extension, and nothing else
import { ILabShell, ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Dialog, ICommandPalette, Notification, showDialog } from '@jupyterlab/apputils';
import { PageConfig } from '@jupyterlab/coreutils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { DeathWatch, IKernelModel } from './death';
import { getJSON } from './handler';
import { askServer } from './recovery/api';
import { recoverNotebooks } from './recovery/notebooks';
import { reconnectSoon } from './recovery/connections';
import { eachSession } from './sessions';
import { fetchStatus } from './status';

namespace CommandIDs {
  export const serverStatus = 'labwright:server-status';
}

/** Help > About the Server, also in the palette; its menu entry is in schema/server-status.json. */
const serverStatus: JupyterFrontEndPlugin<void> = {
  id: '@labwright/lab:server-status',
  description: 'Tells what the server is doing.',
  autoStart: true,
  optional: [ITranslator, ICommandPalette],
  activate: (app: JupyterFrontEnd, translator: ITranslator | null, palette: ICommandPalette | null) => {
    const trans = (translator ?? nullTranslator).load('labwright');
    app.commands.addCommand(CommandIDs.serverStatus, {
      label: trans.__('About the Server'),
      execute: async () => {
        const s = await fetchStatus();
        const since = new Date(s.started).toLocaleString();
        await showDialog({
          title: trans.__('Labwright'),
          body: trans.__('Jupyter server protocol %1, up since %2. Kernels: %3; connections to them: %4.',
            s.version, since, String(s.kernels), String(s.connections)),
          buttons: [Dialog.okButton()]
        });
      }
    });
    palette?.addItem({ command: CommandIDs.serverStatus, category: trans.__('Help') });
  }
};

/** A notification with the server's words when a kernel dies; switched off by schema/kernel-death.json. */
const kernelDeath: JupyterFrontEndPlugin<void> = {
  id: '@labwright/lab:kernel-death',
  description: 'Tells why a kernel died.',
  autoStart: true,
  requires: [ILabShell],
  optional: [ITranslator, ISettingRegistry],
  activate: async (app: JupyterFrontEnd, shell: ILabShell, translator: ITranslator | null, registry: ISettingRegistry | null) => {
    const trans = (translator ?? nullTranslator).load('labwright');
    const ask = (id: string) => getJSON<IKernelModel>(`api/kernels/${encodeURIComponent(id)}`);
    const watch = new DeathWatch(ask, death => {
      const actions = [{ label: trans.__('Dismiss'), callback: () => undefined }];
      const text = trans.__('The kernel of %1 died: %2', death.name, death.reason);
      if (death.restarts) Notification.warning(text, { autoClose: false, actions });
      else Notification.error(text, { autoClose: false, actions });
    });
    eachSession(shell, context =>
      context.statusChanged.connect((_, status) => {
        const kernel = context.session?.kernel;
        if (kernel) void watch.saw(kernel.id, context.name, status);
      })
    );
    const settings = await registry?.load(kernelDeath.id);
    const read = () => { watch.enabled = settings?.get('tell').composite !== false; };
    settings?.changed.connect(read);
    read();
  }
};

/** Cells that run go on in a page that is loaded anew; a server that does not record outputs is left alone. */
const outputRecovery: JupyterFrontEndPlugin<void> = {
  id: '@labwright/lab:output-recovery',
  description: 'Gives running cells their outputs back after a reload, and reconnects at once.',
  autoStart: true,
  requires: [INotebookTracker, ILabShell],
  activate: (app: JupyterFrontEnd, tracker: INotebookTracker, shell: ILabShell) => {
    if (!PageConfig.getOption('labwrightRecovery')) return;
    recoverNotebooks(tracker, askServer);
    reconnectSoon(shell);
  }
};

/** Machine, time, use and end of the workspace that the page belongs to; nothing of it is loaded elsewhere. */
const workspace: JupyterFrontEndPlugin<void> = {
  id: '@labwright/lab:workspace',
  description: 'Shows the workspace of a hub: its machine, its use, its settings.',
  autoStart: true,
  requires: [ILabShell],
  optional: [ITranslator, ILayoutRestorer, ICommandPalette, IStatusBar],
  activate: async (
    app: JupyterFrontEnd, shell: ILabShell, translator: ITranslator | null, restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null, statusBar: IStatusBar | null
  ) => {
    if (!PageConfig.getOption('labwrightWorkspace')) return;
    const trans = (translator ?? nullTranslator).load('labwright');
    const { activate } = await import('./workspace/activate');
    activate(app, { shell, trans, restorer, palette, statusBar });
  }
};

export default [serverStatus, kernelDeath, outputRecovery, workspace];
