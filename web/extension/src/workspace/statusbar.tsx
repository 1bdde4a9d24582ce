// statusbar.tsx - one item for each meter: its part of the limit, a dot if it deserves a word, a pop-up on click
import * as React from 'react';
import { IStatusBar, Popup, showPopup, TextItem } from '@jupyterlab/statusbar';
import { ReactWidget } from '@jupyterlab/ui-components';
import { Signal } from '@lumino/signaling';
import type { IContext } from './context';
import { insight } from './insights';
import { IMeter, meters } from './meters';

class MeterItem extends ReactWidget {
  readonly activeChanged = new Signal<this, void>(this);

  constructor (private readonly context: IContext, private readonly meter: IMeter) {
    super();
    this.addClass('lw-Meter');
    this.addClass('jp-mod-highlighted');
    context.session.sampled.connect(this.look, this);
    context.session.changed.connect(this.look, this);
  }

  get active (): boolean { return this.percent !== null; }

  dispose (): void {
    this.popup?.dispose();
    Signal.clearData(this);
    super.dispose();
  }

  protected render (): JSX.Element | null {
    const { percent, meter } = this, { trans, session } = this.context;
    if (percent === null) return null;
    const word = insight(meter, session.history.samples);
    const text = trans.__('%1 %2%', meter.label, String(Math.round(percent)));
    return (
      // The focus stays: without it, what the stock items show becomes wider, and this one is not under the pointer any more.
      <span className="lw-Meter-item" role="button" tabIndex={0} aria-haspopup="dialog" onMouseDown={e => e.preventDefault()}
        onClick={() => void this.open()} onKeyDown={e => { if (e.key === 'Enter' || e.key === ' ') void this.open(); }}>
        {word && <span className="lw-Dot" data-level={word.level} />}
        <TextItem source={text} title={trans.__('%1: %2', meter.title, meter.words(session.use!))} />
      </span>
    );
  }

  private get percent (): number | null {
    const use = this.context.session.use;
    return use && this.meter.percent(use);
  }

  private look (): void {
    if (this.active !== this.wasActive) {
      this.wasActive = this.active;
      this.activeChanged.emit();
    }
    this.update();
  }

  private async open (): Promise<void> {
    if (this.popup && !this.popup.isDisposed) return;
    const { details } = await import('./details');
    this.popup = showPopup({ body: details(this.context, this.meter), anchor: this, align: 'right', hasDynamicSize: true });
    this.popup.addClass('lw-Popup');
  }

  private wasActive = false;
  private popup: Popup | null = null;
}

/**
 * Right of the stock items, whose widths change with each key, in the order of METERS.  Where there is not room for
 * everything, whole stock items are left out (style/workspace.css): `--lw-place` is for that.
 */
export function addMeters (context: IContext, bar: IStatusBar): void {
  meters(context.trans).forEach((meter, i) => {
    const item = new MeterItem(context, meter);
    item.node.style.setProperty('--lw-place', String(-1 - i));
    bar.registerStatusItem(`@labwright/lab:meter-${meter.id}`, {
      item, align: 'right', rank: -1 - i, isActive: () => item.active, activeStateChanged: item.activeChanged
    });
  });
}
