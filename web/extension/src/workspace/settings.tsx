// settings.tsx - tab "Settings": when an idle workspace is stopped, and this session as a floyd.yml
import * as React from 'react';
import { Clipboard } from '@jupyterlab/apputils';
import { Button, HTMLSelect } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IContext } from './context';
import { useAnswer, useSignal } from './hooks';

const OFF = 'off';

function choices (trans: TranslationBundle, current: number | null): [string, string][] {
  const list: [string, string][] = [
    ['900', trans.__('15 minutes')], ['1800', trans.__('30 minutes')], ['3600', trans.__('1 hour')],
    ['7200', trans.__('2 hours')], [OFF, trans.__('Never')]
  ];
  // One that the command line or an administrator has set.
  if (current !== null && !list.some(([value]) => value === String(current)))
    list.unshift([String(current), trans._n('%1 second', '%1 seconds', current)]);
  return list;
}

function IdleTimeout ({ session, trans }: IContext): JSX.Element | null {
  useSignal(session.changed);
  const saved = session.item?.idle_timeout_seconds ?? null;
  const [wanted, setWanted] = React.useState<string | null>(null);
  const [told, tell] = React.useState({ text: '', failed: false });
  if (!session.item) return null;
  const value = wanted ?? (saved === null ? OFF : String(saved));
  const save = () => {
    tell({ text: trans.__('Saving…'), failed: false });
    session.setIdleTimeout(value === OFF ? null : Number(value)).then(() => {
      setWanted(null);
      tell({ text: trans.__('Saved.'), failed: false });
    }, (e: Error) => tell({ text: trans.__('Not saved: %1', e.message), failed: true }));
  };
  return (
    <section>
      <h3 id="lw-idle">{trans.__('Idle Timeout')}</h3>
      <p>{trans.__('A workspace in which nothing happens is shut down after this time, so that nobody pays for it. Files are kept. Running cells keep it alive, and so does a busy CPU or GPU; an open terminal alone does not.')}</p>
      <div className="lw-Row">
        <HTMLSelect className="lw-Select" aria-labelledby="lw-idle" value={value}
          onChange={e => { setWanted(e.target.value); tell({ text: '', failed: false }); }}>
          {choices(trans, saved).map(([v, label]) => <option key={v} value={v}>{label}</option>)}
        </HTMLSelect>
        <Button className="jp-mod-styled jp-mod-accept" onClick={save}>{trans.__('Save')}</Button>
      </div>
      <p className="lw-Told" role="status" data-failed={told.failed}>{told.text}</p>
      {session.item.idle?.because && <p className="lw-Because">{session.item.idle.because}</p>}
    </section>
  );
}

function ConfigFile ({ session, api, trans }: IContext): JSX.Element {
  useSignal(session.changed);
  const config = useAnswer(() => api.config(), `${session.item?.env} ${session.item?.instance_type}`);
  const [copied, setCopied] = React.useState(false);
  const copy = () => {
    Clipboard.copyToSystem(config.value!);
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <section>
      <h3>{trans.__('Config File')}</h3>
      <p>{trans.__('This workspace as a floyd.yml: put it into a repository or beside a script, and jobs and workspaces begin with the same environment, data and machine.')}</p>
      {config.error
        ? <p className="lw-Told" role="alert" data-failed>{trans.__('It could not be made: %1', config.error)}</p>
        : <pre className="lw-Config" tabIndex={0} aria-label="floyd.yml">{config.value ?? ''}</pre>}
      <Button className="jp-mod-styled" disabled={config.value === null} onClick={copy}>
        {copied ? trans.__('Copied') : trans.__('Copy to Clipboard')}
      </Button>
    </section>
  );
}

export default function Settings (context: IContext): JSX.Element {
  return <><IdleTimeout {...context} /><ConfigFile {...context} /></>;
}
