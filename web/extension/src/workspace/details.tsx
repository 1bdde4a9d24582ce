// details.tsx - the pop-up of a meter: value, an hour of history, what to make of it, and which kernel uses how much
import * as React from 'react';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IKernelUse } from './api';
import { chart, IPoint, ISize, nearest, place } from './chart';
import { CommandIDs, IContext } from './context';
import { useSignal } from './hooks';
import { IInsight, insight } from './insights';
import { bytes, IMeter, MeterId } from './meters';

const SIZE: ISize = { width: 320, height: 96 };
const KERNELS_MS = 2000;

const time = (t: number) => new Date(t * 1000).toLocaleTimeString();
const whole = (percent: number) => `${Math.round(percent)}%`;

function Chart ({ points, label }: { points: IPoint[]; label: string }): JSX.Element {
  const [x, setX] = React.useState<number | null>(null);
  const drawn = chart(points, SIZE);
  const at = x === null ? null : nearest(points, drawn, SIZE, x);
  const dot = at && place(at, drawn, SIZE);
  const move = (e: React.PointerEvent<SVGSVGElement>) => {
    const box = e.currentTarget.getBoundingClientRect();
    setX((e.clientX - box.left) / box.width * SIZE.width);
  };
  return (
    <div className="lw-Chart">
      <svg viewBox={`0 0 ${SIZE.width} ${SIZE.height}`} role="img" aria-label={label} onPointerMove={move}
        onPointerLeave={() => setX(null)}>
        {[25, 50, 75].map(p => <line key={p} className="lw-Chart-grid" x1={0} x2={SIZE.width} y1={SIZE.height * p / 100} y2={SIZE.height * p / 100} />)}
        <path className="lw-Chart-area" d={drawn.area} />
        <path className="lw-Chart-line" d={drawn.line} />
        {dot && <line className="lw-Chart-cursor" x1={dot.x} x2={dot.x} y1={0} y2={SIZE.height} />}
        {dot && <circle className="lw-Chart-dot" cx={dot.x} cy={dot.y} r={3.5} />}
      </svg>
      <div className="lw-Chart-legend">
        <span>{time(drawn.from)}</span>
        <output>{at && `${whole(at.value!)} · ${time(at.t)}`}</output>
        <span>{time(drawn.to)}</span>
      </div>
    </div>
  );
}

function advice (id: MeterId, told: IInsight, trans: TranslationBundle): string {
  const p = String(told.threshold);
  if (id === 'mem')
    return trans.__('More than %1% of the memory is in use. When it is full, the kernel that uses most is ended. Close notebooks that you do not need, or switch to a machine with more.', p);
  if (id === 'disk')
    return trans.__('More than %1% of the disk is in use. When it is full, nothing can be saved. Delete what you do not need.', p);
  return trans.__('The GPU has been used less than %1% for %2 minutes. Larger batches, or loading data in parallel, may use it better; a machine without GPU costs less.', p, String(told.minutes));
}

function Advice ({ context, meter, close }: { context: IContext; meter: IMeter; close: () => void }): JSX.Element | null {
  const told = insight(meter, context.session.history.samples), { trans } = context;
  if (!told) return null;
  const levels = { info: trans.__('Info'), warning: trans.__('Warning'), alert: trans.__('Alert') };
  const more = () => {
    close();
    void context.commands.execute(CommandIDs.showPanel, { tab: 'help' });
  };
  return (
    <p className="lw-Advice" data-level={told.level}>
      <span className="lw-Dot" data-level={told.level} />
      <strong>{levels[told.level]}</strong> {advice(meter.id, told, trans)}{' '}
      <a role="button" tabIndex={0} onClick={more} onKeyDown={e => { if (e.key === 'Enter') more(); }}>{trans.__('Learn more')}</a>
    </p>
  );
}

/** Most first; asked for while it is seen. */
function Kernels ({ context, meter }: { context: IContext; meter: IMeter }): JSX.Element | null {
  const { api, trans } = context;
  const [kernels, set] = React.useState<IKernelUse[]>([]);
  React.useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined, current = true;
    const ask = async () => {
      const list = await api.kernels();
      if (!current) return;
      set(list);
      timer = setTimeout(() => void ask().catch(() => undefined), KERNELS_MS);
    };
    ask().catch(() => undefined); // a server that cannot tell
    return () => { current = false; clearTimeout(timer); };
  }, [api]);
  const use = (k: IKernelUse) => meter.id === 'cpu' ? k.cpu : k.rss;
  if (kernels.length === 0) return null;
  return (
    <table className="lw-Kernels">
      <thead><tr><th>{trans.__('Kernel')}</th><th>{meter.title}</th></tr></thead>
      <tbody>
        {[...kernels].sort((a, b) => use(b) - use(a)).map(k => (
          <tr key={k.id}>
            <td title={k.path || k.name}>{(k.path || k.name).split('/').pop()}</td>
            <td>{meter.id === 'cpu' ? whole(k.cpu) : bytes(k.rss)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Details ({ context, meter, close }: { context: IContext; meter: IMeter; close: () => void }): JSX.Element | null {
  const { session, trans } = context;
  useSignal(session.sampled);
  useSignal(session.changed);
  const latest = session.use, percent = latest && meter.percent(latest);
  if (!latest || percent === null) return null;
  const points = session.history.samples.map(s => ({ t: s.t, value: meter.percent(s) }));
  return (
    <>
      <header><h3>{meter.title}</h3><span>{meter.words(latest)}</span><strong>{whole(percent)}</strong></header>
      <Chart points={points} label={trans.__('%1 over the last hour', meter.title)} />
      <Advice context={context} meter={meter} close={close} />
      {(meter.id === 'cpu' || meter.id === 'mem') && <Kernels context={context} meter={meter} />}
    </>
  );
}

export function details (context: IContext, meter: IMeter): ReactWidget {
  const close = () => widget.parent?.dispose();
  const widget = ReactWidget.create(<Details context={context} meter={meter} close={close} />);
  widget.addClass('lw-Details');
  widget.node.setAttribute('role', 'dialog');
  widget.node.setAttribute('aria-label', meter.title);
  return widget;
}
