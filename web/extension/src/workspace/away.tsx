// away.tsx - while the workspace is not running: what it is doing instead, over everything, until it is back
//
// Whoever stopped or restarted it, this page or another: what was in memory is gone, so the page is loaded anew
// when there is a session again, and tells then how long that took.  Lab's own complaints about a server that does
// not answer would only repeat it: they are dismissed.
import * as React from 'react';
import { Dialog, Notification } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { IWorkspace } from './api';
import { CommandIDs, IContext, stateLabel } from './context';
import { useSignal } from './hooks';

const REPORT = 'labwright-restarted';

interface IReport {
  /** ms since 1970 */
  began: number;
  id: string;
  /** It stood still in between, for as long as somebody wanted. */
  resumed: boolean;
}

const ended = (item: IWorkspace) => item.state === 'stopped' || item.state === 'failed';

function Steps ({ trans, item }: { trans: IContext['trans']; item: IWorkspace }): JSX.Element {
  const steps: [string, string][] = [
    ['machine', trans.__('Allocating machine')], ['data', trans.__('Loading data')], ['jupyter', trans.__('Starting Jupyter')]
  ];
  const now = item.state === 'starting' ? Math.max(0, steps.findIndex(([id]) => id === item.progress?.step)) : -1;
  return (
    <ol className="lw-Steps">
      {steps.map(([id, text], i) => (
        <li key={id} aria-current={i === now ? 'step' : undefined} data-done={i < now}>{text}</li>
      ))}
    </ol>
  );
}

function Body ({ session, trans }: IContext): JSX.Element {
  useSignal(session.changed);
  const item = session.item!;
  return (
    <div className="lw-Away">
      <p><span className="lw-Pill" data-state={item.state} role="status">{stateLabel(item.state, trans)}</span></p>
      {ended(item) ? <p>{trans.__('Files are kept. Kernels and terminals have ended.')}</p> : <Steps trans={trans} item={item} />}
      {item.state === 'queued' && item.position
        ? <p>{trans.__('All machines of this kind are in use; this workspace is number %1 in the queue.', String(item.position))}</p> : null}
      {item.reason && <p>{item.reason}</p>}
    </div>
  );
}

export class Away {
  constructor (private readonly context: IContext, private readonly reload: () => void) {
    const { session } = context;
    session.changed.connect(this.look, this);
    Dialog.tracker.widgetAdded.connect((_, other) => {
      // Once it is shown: a dialog cannot be ended before it was launched.
      requestAnimationFrame(() => { if (this.dialog && other !== this.dialog) other.reject(); });
    });
    this.report();
  }

  private look (): void {
    const item = this.context.session.item!;
    if (item.state === 'running') {
      if (this.dialog) this.back(item);
      return;
    }
    if (this.dialog && this.final === ended(item)) return;
    if (!this.began) this.began = Date.now();
    this.final = ended(item);
    this.stood = this.stood || this.final;
    this.dialog = null;
    Dialog.flush(); // also those that a person had open: one that waits behind them would not be seen
    this.dialog = this.open(item);
  }

  private open (item: IWorkspace): Dialog<unknown> {
    const { trans, commands, session } = this.context;
    const end = ended(item), page = Dialog.cancelButton({ label: trans.__('To Its Page'), actions: [CommandIDs.openPage] });
    const buttons = end ? [page, Dialog.okButton({ label: trans.__('Start Again') })] : [page];
    const body = ReactWidget.create(<Body {...this.context} />);
    const dialog = new Dialog<unknown>({
      title: end ? trans.__('This Workspace Is Not Running') : trans.__('This Workspace Is Restarting or Stopping'),
      body, buttons, hasClose: false
    });
    void dialog.launch().then(result => {
      if (this.dialog !== dialog) return;
      // The gateway answers a page of a workspace that does not run with one that starts it.
      if (result.button.accept) this.leave();
      else if (result.button.actions?.includes(CommandIDs.openPage)) void commands.execute(CommandIDs.openPage);
      else this.dialog = this.open(session.item!); // Escape: there is nothing to go back to
    }, () => undefined);
    return dialog;
  }

  private back (item: IWorkspace): void {
    const report: IReport = { began: this.began, id: item.id, resumed: this.stood };
    sessionStorage.setItem(REPORT, JSON.stringify(report));
    this.leave();
  }

  private leave (): void {
    this.dialog = null;
    this.reload();
  }

  /** After the page was loaded anew. */
  private report (): void {
    const { session, trans } = this.context, text = sessionStorage.getItem(REPORT);
    if (!text) return;
    sessionStorage.removeItem(REPORT);
    const { began, id, resumed } = JSON.parse(text) as IReport, seconds = String(Math.round((Date.now() - began) / 1000));
    const tell = () => {
      if (session.item?.id !== id) return;
      session.changed.disconnect(tell);
      const machine = session.item.instance_type;
      Notification.info(resumed
        ? trans.__('The workspace was started again on %1. Files and the layout are as they were; kernels start anew.', machine)
        : trans.__('The workspace was restarted on %1 in %2 s. Files and the layout are as they were; kernels start anew.', machine, seconds),
      { autoClose: 15000 });
    };
    session.changed.connect(tell);
    if (session.item) tell();
  }

  private dialog: Dialog<unknown> | null = null;
  private final = false;
  private stood = false;
  private began = 0;
}
