// activate.ts - everything that a page shows of the workspace that it belongs to; loaded in such pages only
import '../../style/workspace.css';
import type { ILabShell, ILayoutRestorer, JupyterFrontEnd } from '@jupyterlab/application';
import { Dialog, ICommandPalette, Notification, showDialog } from '@jupyterlab/apputils';
import type { IStatusBar } from '@jupyterlab/statusbar';
import type { TranslationBundle } from '@jupyterlab/translation';
import { WorkspaceApi } from './api';
import { Away } from './away';
import { banner } from './banner';
import { CommandIDs, IContext } from './context';
import { WorkspacePanel } from './panel';
import { Session } from './session';
import { addMeters } from './statusbar';
import { topBar } from './topbar';

export interface IParts {
  shell: ILabShell;
  trans: TranslationBundle;
  restorer: ILayoutRestorer | null;
  palette: ICommandPalette | null;
  statusBar: IStatusBar | null;
}

async function shutDown ({ session, trans }: IContext, save: () => Promise<void>): Promise<void> {
  const result = await showDialog({
    title: trans.__('Shut Down This Workspace?'),
    body: trans.__('All documents are saved first. Files are kept; kernels, terminals and what they have in memory end.'),
    buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: trans.__('Shut Down') })]
  });
  if (!result.button.accept) return;
  try {
    await save();
    await session.stop();
  } catch (e) {
    Notification.error(trans.__('The workspace was not shut down: %1', (e as Error).message), { autoClose: false });
  }
}

function addCommands (app: JupyterFrontEnd, context: IContext, panel: WorkspacePanel): void {
  const { commands, shell } = app, { trans, session } = context;
  const running = () => session.item?.state === 'running';
  const save = () => commands.execute('docmanager:save-all').then(() => undefined, () => undefined); // none is open
  commands.addCommand(CommandIDs.restart, {
    label: args => (args.label as string) || trans.__('Switch Machine or Restart…'),
    isToggled: args => !!args.current,
    isToggleable: true,
    isEnabled: running,
    execute: async args => {
      const { switchMachine } = await import('./switch');
      await switchMachine(context, save, args.machine as string | undefined);
    }
  });
  commands.addCommand(CommandIDs.shutDown, {
    label: trans.__('Shut Down Workspace…'), isEnabled: running, execute: () => shutDown(context, save)
  });
  commands.addCommand(CommandIDs.showPanel, {
    label: trans.__('Workspace Settings and Help'),
    execute: args => {
      if (args.tab) panel.showTab(args.tab as string);
      shell.activateById(panel.id);
    }
  });
  commands.addCommand(CommandIDs.openPage, {
    label: trans.__('Page of This Workspace'),
    isEnabled: () => !!session.item?.page_url,
    execute: () => { if (session.item?.page_url) window.location.assign(session.item.page_url); }
  });
}

export function activate (app: JupyterFrontEnd, parts: IParts): void {
  const { shell, trans, restorer, palette, statusBar } = parts;
  const api = new WorkspaceApi(), session = new Session(api);
  const context: IContext = { session, api, trans, commands: app.commands };
  const panel = new WorkspacePanel(context);
  addCommands(app, context, panel);
  for (const command of Object.values(CommandIDs)) palette?.addItem({ command, category: trans.__('Workspace') });
  shell.add(panel, 'right', { rank: 10 });
  restorer?.add(panel, panel.id);
  shell.add(topBar(context), 'top', { rank: 1000 });
  shell.add(banner(context), 'header', { rank: 10 });
  if (statusBar) addMeters(context, statusBar);
  session.changed.connect(() => app.commands.notifyCommandChanged());
  new Away(context, () => window.location.reload());
  document.addEventListener('visibilitychange', () => session.show(!document.hidden));
  session.show(!document.hidden);
}
