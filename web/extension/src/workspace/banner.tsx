// banner.tsx - above everything: how long an idle workspace has, and the way out (F-121)
import * as React from 'react';
import { Notification } from '@jupyterlab/apputils';
import { Button, ReactWidget } from '@jupyterlab/ui-components';
import { hms } from './clock';
import { CommandIDs, IContext } from './context';
import { useSeconds, useSignal } from './hooks';

function Banner ({ session, trans, commands, hide }: IContext & { hide: (hidden: boolean) => void }): JSX.Element | null {
  useSignal(session.changed);
  useSeconds(!!session.item?.idle?.stops_at);
  const left = session.idleLeft;
  React.useEffect(() => hide(left === null));
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
