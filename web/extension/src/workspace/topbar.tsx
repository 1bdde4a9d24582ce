// topbar.tsx - right of the menu bar: which workspace this is, on what machine, since when, and its end
import * as React from 'react';
import { Button, caretDownEmptyThinIcon, MenuSvg, ReactWidget } from '@jupyterlab/ui-components';
import type { IMachine } from './api';
import { hms } from './clock';
import { CommandIDs, IContext, stateLabel } from './context';
import { useSeconds, useSignal } from './hooks';

/** The menu below the name of the machine; its list is asked for when it is opened. */
async function openMachines (context: IContext, anchor: HTMLElement): Promise<void> {
  const { api, commands, session } = context;
  const machines: IMachine[] = await api.machines().catch(() => []);
  const menu = new MenuSvg({ commands });
  menu.addClass('lw-MachineMenu');
  for (const m of machines) {
    const args = { machine: m.name, label: m.title || m.name, current: m.name === session.item?.instance_type };
    menu.addItem({ command: CommandIDs.restart, args });
  }
  if (machines.length > 0) menu.addItem({ type: 'separator' });
  menu.addItem({ command: CommandIDs.restart });
  menu.addItem({ command: CommandIDs.shutDown });
  menu.addItem({ type: 'separator' });
  menu.addItem({ command: CommandIDs.showPanel });
  menu.addItem({ command: CommandIDs.openPage });
  menu.aboutToClose.connect(() => requestAnimationFrame(() => menu.dispose()));
  const { left, bottom } = anchor.getBoundingClientRect();
  menu.open(left, bottom);
}

function Stopwatch ({ session }: IContext): JSX.Element {
  useSeconds(session.item?.state === 'running');
  return <span className="lw-TopBar-time" role="timer" aria-live="off">{hms(session.elapsed)}</span>;
}

function Name ({ session, trans }: IContext): JSX.Element {
  const { name, page_url } = session.item!;
  const title = trans.__('To the page of this workspace');
  // Another origin: it learns nothing of where in the workspace one was.
  return page_url
    ? <a className="lw-TopBar-name" href={page_url} title={title} rel="noreferrer">{`« ${name}`}</a>
    : <span className="lw-TopBar-name">{name}</span>;
}

function Bar (context: IContext): JSX.Element | null {
  const { session, trans, commands } = context;
  useSignal(session.changed);
  const item = session.item;
  if (!item) return null;
  const running = item.state === 'running';
  const machine = (event: React.MouseEvent<HTMLElement>) => void openMachines(context, event.currentTarget);
  return (
    <>
      <Name {...context} />
      <span className="lw-TopBar-env" title={trans.__('Environment: %1', item.env)}>{item.env}</span>
      <Button className="lw-TopBar-machine" minimal small disabled={!running} onClick={machine} aria-haspopup="menu"
        title={trans.__('Machine: %1. Switch or restart', item.instance_type)}>
        {item.instance_type}
        <caretDownEmptyThinIcon.react tag="span" width="16px" />
      </Button>
      <Stopwatch {...context} />
      <span className="lw-Pill" data-state={item.state} role="status">{stateLabel(item.state, trans)}</span>
      <Button className="lw-TopBar-stop" minimal small disabled={!running}
        onClick={() => void commands.execute(CommandIDs.shutDown)}>
        {trans.__('Shut Down')}
      </Button>
    </>
  );
}

export function topBar (context: IContext): ReactWidget {
  const widget = ReactWidget.create(<Bar {...context} />);
  widget.id = 'labwright-top-bar';
  widget.addClass('lw-TopBar');
  return widget;
}
