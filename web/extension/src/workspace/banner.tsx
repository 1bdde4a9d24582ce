// banner.tsx - above everything: how long an idle workspace has, and the way out (F-121); and a session that ends (F-136)
import * as React from 'react';
import { Notification } from '@jupyterlab/apputils';
import { Button, ReactWidget } from '@jupyterlab/ui-components';
import { hms } from './clock';
import { CommandIDs, IContext } from './context';
import { useSeconds, useSignal } from './hooks';

/** Nothing but a new session, or another machine, puts this off. */
function Limit ({ session, trans, commands }: IContext): JSX.Element {
  return (
    <>
      <span className="lw-Banner-text" role="alert" title={trans.__('Files are kept, what is in memory is lost.')}>
        {trans.__('%1 It will be shut down in', session.item!.session_limit!.because)}
      </span>
      <span className="lw-Banner-time" role="timer" aria-live="off">{hms(session.limitLeft!)}</span>
      <Button small onClick={() => void commands.execute(CommandIDs.restart)}>{trans.__('Switch or Restart…')}</Button>
    </>
  );
}

function Banner ({ session, trans, commands, hide, ...rest }: IContext & { hide: (hidden: boolean) => void }): JSX.Element | null {
  useSignal(session.changed);
  const left = session.idleLeft, limit = session.limitLeft;
  useSeconds(left !== null || limit !== null);
  React.useEffect(() => hide(left === null && limit === null));
  if (limit !== null && (left === null || limit <= left)) return <Limit session={session} trans={trans} commands={commands} {...rest} />;
  if (left === null) return null;
  const stay = () => void session.keepAlive().catch((e: Error) =>
    Notification.error(trans.__('This workspace could not be kept running: %1', e.message)));
  return (
    <>
      <span className="lw-Banner-text" role="alert"
        title={trans.__('Files are kept, what is in memory is lost.')}>
        {trans.__('This workspace is idle and will be shut down in')}
      </span>
      <span className="lw-Banner-time" role="timer" aria-live="off">{hms(left)}</span>
      <Button small onClick={stay}>{trans.__("I'm Still Working")}</Button>
      <Button small minimal onClick={() => void commands.execute(CommandIDs.showPanel, { tab: 'settings' })}>
        {trans.__('Modify Setting')}
      </Button>
    </>
  );
}

export function banner (context: IContext): ReactWidget {
  const hide = (hidden: boolean) => { if (widget.isHidden !== hidden) widget.setHidden(hidden); };
  const widget = ReactWidget.create(<Banner {...context} hide={hide} />);
  widget.id = 'labwright-idle-banner';
  widget.addClass('lw-Banner');
  widget.hide();
  return widget;
}
