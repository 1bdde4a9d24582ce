// panel.tsx - the right panel: tabs, each of which is loaded when it is first shown
import * as React from 'react';
import { LabIcon, ReactWidget } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import type { IContext } from './context';
import { useSignal } from './hooks';

interface ITab {
  id: string;
  label: string;
  Body: React.LazyExoticComponent<React.ComponentType<IContext>>;
}

function tabs (trans: TranslationBundle): ITab[] {
  return [
    { id: 'settings', label: trans.__('Settings'), Body: React.lazy(() => import('./settings')) },
    { id: 'help', label: trans.__('Help'), Body: React.lazy(() => import('./help')) }
  ];
}

const icon = new LabIcon({
  name: 'labwright:workspace',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><path class="jp-icon3 jp-icon-selectable"
    fill="#616161" d="M4 3h16a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zm0 10h16a1 1 0 0 1 1 1v6a1 1 0
    0 1-1 1H4a1 1 0 0 1-1-1v-6a1 1 0 0 1 1-1zM6 6v2h2V6zm0 10v2h2v-2zm4-10v2h8V6zm0 10v2h8v-2z"/></svg>`
});

/** A part that does not come (the line is cut) is told, and the rest of the page goes on. */
class Guard extends React.Component<{ trans: TranslationBundle; children: React.ReactNode }, { failed: boolean }> {
  state = { failed: false };
  static getDerivedStateFromError (): { failed: boolean } { return { failed: true }; }
  render (): React.ReactNode {
    if (!this.state.failed) return this.props.children;
    return <p role="alert">{this.props.trans.__('This part of the page could not be loaded. Reload the page to try again.')}</p>;
  }
}

export class WorkspacePanel extends ReactWidget {
  constructor (private readonly context: IContext) {
    super();
    this.id = 'labwright-workspace';
    this.addClass('lw-Panel');
    this.title.icon = icon;
    this.title.caption = context.trans.__('Workspace');
    this.tabs = tabs(context.trans);
    this.shown = this.tabs[0].id;
  }

  showTab (id: string): void {
    if (!this.tabs.some(t => t.id === id) || id === this.shown) return;
    this.shown = id;
    this.switched.emit();
  }

  /** Nothing before it is opened: its tabs need not be loaded. */
  protected render (): JSX.Element | null { return this.seen ? <Tabs panel={this} context={this.context} /> : null; }

  protected onAfterShow (): void {
    this.seen = true;
    this.update();
  }

  readonly tabs: ITab[];
  readonly switched = new Signal<this, void>(this);
  shown: string;
  private seen = false;
}

function Tabs ({ panel, context }: { panel: WorkspacePanel; context: IContext }): JSX.Element {
  useSignal(panel.switched);
  const list = panel.tabs, { Body } = list.find(t => t.id === panel.shown)!;
  const keys = (e: React.KeyboardEvent<HTMLDivElement>) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    if (!step) return;
    const next = list[(list.findIndex(t => t.id === panel.shown) + step + list.length) % list.length].id;
    panel.showTab(next);
    (e.currentTarget.querySelector(`#lw-tab-${next}`) as HTMLElement).focus();
  };
  return (
    <>
      <div className="lw-Tabs" role="tablist" aria-label={context.trans.__('Workspace')} onKeyDown={keys}>
        {list.map(({ id, label }) => (
          <button key={id} id={`lw-tab-${id}`} role="tab" aria-selected={id === panel.shown} aria-controls="lw-tab-body"
            tabIndex={id === panel.shown ? 0 : -1} onClick={() => panel.showTab(id)}>{label}</button>
        ))}
      </div>
      <div id="lw-tab-body" className="lw-Tab" role="tabpanel" aria-labelledby={`lw-tab-${panel.shown}`}>
        <Guard key={panel.shown} trans={context.trans}>
          <React.Suspense fallback={null}><Body {...context} /></React.Suspense>
        </Guard>
      </div>
    </>
  );
}
