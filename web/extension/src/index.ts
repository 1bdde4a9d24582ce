// index.ts - the plugins of this extension, and nothing else
import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Dialog, ICommandPalette, showDialog } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
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

export default [serverStatus];
