// context.ts - what every part of the page that shows the workspace is given
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { IChoice, State, WorkspaceApi } from './api';
import type { Session } from './session';

export interface IContext {
  session: Session;
  api: WorkspaceApi;
  trans: TranslationBundle;
  commands: CommandRegistry;
}

export namespace CommandIDs {
  /** Argument `machine`: its name, chosen in the dialog already. */
  export const restart = 'labwright:restart-workspace';
  export const shutDown = 'labwright:shut-down-workspace';
  /** Argument `tab`. */
  export const showPanel = 'labwright:show-workspace-panel';
  export const openPage = 'labwright:open-workspace-page';
}

/** The names of the states that people see. */
export function stateLabel (state: State, trans: TranslationBundle): string {
  switch (state) {
    case 'queued': return trans.__('Queued');
    case 'starting': return trans.__('Starting');
    case 'running': return trans.__('Running');
    case 'stopping': return trans.__('Stopping');
    case 'failed': return trans.__('Failed');
    default: return trans.__('Stopped');
  }
}

export function choiceLabel (choices: readonly IChoice[] | null | undefined, name: string): string {
  return choices?.find(c => c.name === name)?.title || name;
}
