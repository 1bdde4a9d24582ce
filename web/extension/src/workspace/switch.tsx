// switch.tsx - the dialog that restarts, or goes on on another machine; it says what would be lost first
import * as React from 'react';
import { Dialog, Notification } from '@jupyterlab/apputils';
import { HTMLSelect, ReactWidget } from '@jupyterlab/ui-components';
import type { IChoice, IRestart, IWanted } from './api';
import { choiceLabel, IContext } from './context';
import { ILoaded, useAnswer } from './hooks';

interface IChosen {
  env: string;
  machine: string;
  /** It has them: what is left is to restart it in place. */
  inPlace: boolean;
  /** What the hub says to that; null while it thinks. */
  plan: IRestart | null;
}

function Choice (props: {
  label: string; value: string; choices: IChoice[] | null; onChange: (value: string) => void;
}): JSX.Element {
  // The current one is there even if the list is not.
  const list = props.choices?.some(c => c.name === props.value) ? props.choices! : [{ name: props.value }, ...props.choices ?? []];
  return (
    <label className="lw-Choice">
      <span>{props.label}</span>
      <HTMLSelect value={props.value} onChange={e => props.onChange(e.target.value)}>
        {list.map(c => <option key={c.name} value={c.name}>{c.title || c.name}</option>)}
      </HTMLSelect>
    </label>
  );
}

function Plan ({ trans, plan, inPlace }: { trans: IContext['trans']; plan: ILoaded<IRestart>; inPlace: boolean }): JSX.Element {
  if (plan.error) return <p className="lw-Plan" role="alert" data-failed>{plan.error}</p>;
  if (!plan.value) return <p className="lw-Plan" role="status">{trans.__('Asking what that would mean…')}</p>;
  if (plan.value.layer === 'gate')
    return (
      <p className="lw-Plan" role="status" data-layer="gate">
        {trans.__('Nothing is lost: kernels, cells that run and terminals go on while the machine changes.')}
      </p>
    );
  const because = plan.value.because.join(trans.__(', and '));
  return (
    <div className="lw-Plan" role="status" data-layer="restart">
      {inPlace && <p>{trans.__('That is the machine and the environment that it has.')}</p>}
      {because && <p>{trans.__('This cannot be done live because %1.', because)}</p>}
      <p>{trans.__('The workspace is restarted. Files are kept; this is lost:')}</p>
      <ul>
        {(plan.value.lost.length > 0 ? plan.value.lost : [trans.__('kernels, terminals and what they have in memory')])
          .map((what, i) => <li key={i}>{what}</li>)}
      </ul>
    </div>
  );
}

function Body ({ context, chosen, machine, planned }: {
  context: IContext; chosen: IChosen; machine: string; planned: () => void;
}): JSX.Element {
  const { api, trans } = context;
  const [want, setWant] = React.useState({ env: chosen.env, machine });
  const machines = useAnswer(() => api.machines(), 0), environments = useAnswer(() => api.environments(), 0);
  const key = JSON.stringify(want);
  const [asked, setAsked] = React.useState({ key: '', plan: { value: null, error: '' } as ILoaded<IRestart> });
  React.useEffect(() => {
    let current = true;
    Object.assign(chosen, want, { plan: null, inPlace: false });
    planned();
    ask(api, want).then(({ plan, inPlace }) => {
      if (current) chosen.inPlace = inPlace;
      return plan;
    }).then(value => ({ value, error: '' }), (e: Error) => ({ value: null, error: e.message }))
      .then(plan => {
        if (!current) return;
        chosen.plan = plan.value;
        setAsked({ key, plan });
        planned();
      });
    return () => { current = false; };
  }, [key]);
  return (
    <>
      <Choice label={trans.__('Machine')} value={want.machine} choices={machines.value}
        onChange={m => setWant({ ...want, machine: m })} />
      <Choice label={trans.__('Environment')} value={want.env} choices={environments.value}
        onChange={env => setWant({ ...want, env })} />
      <Plan trans={trans} inPlace={chosen.inPlace} plan={asked.key === key ? asked.plan : { value: null, error: '' }} />
    </>
  );
}

const wanted = (c: { env: string; machine: string; inPlace?: boolean }): IWanted =>
  ({ env: c.env, instance_type: c.machine, ...c.inPlace ? { layer: 'restart' } : {} });

/** What the hub says to WANT; where that is what it has, to a restart in place. */
async function ask (api: IContext['api'], want: { env: string; machine: string }): Promise<{ plan: IRestart; inPlace: boolean }> {
  const plan = await api.restart(wanted(want), true), inPlace = plan.layer === 'none';
  return { plan: inPlace ? await api.restart(wanted({ ...want, inPlace }), true) : plan, inPlace };
}

/** The accepting button says what it will do, and waits until that is known. */
function label (dialog: Dialog<unknown>, chosen: IChosen, trans: IContext['trans']): void {
  const button = dialog.node.querySelector<HTMLButtonElement>('.jp-mod-accept');
  const text = button?.querySelector('.jp-Dialog-buttonLabel');
  if (!button || !text) return;
  button.disabled = !chosen.plan;
  button.classList.toggle('jp-mod-warn', chosen.plan?.layer === 'restart');
  text.textContent = chosen.plan?.layer === 'gate' ? trans.__('Switch') : trans.__('Restart');
  button.setAttribute('aria-label', text.textContent);
}

/** What a person decides; null: nothing. */
async function decide (context: IContext, machine?: string): Promise<IChosen | null> {
  const { trans, session } = context, item = session.item!;
  const chosen: IChosen = { env: item.env, machine: item.instance_type, inPlace: false, plan: null };
  const body = ReactWidget.create(
    <Body context={context} chosen={chosen} machine={machine ?? item.instance_type} planned={() => label(dialog, chosen, trans)} />
  );
  body.addClass('lw-Switch');
  const dialog: Dialog<unknown> = new Dialog({
    title: trans.__('Switch or Restart'),
    body,
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Restart') })],
    defaultButton: 0 // the other one is disabled until the answer is there: with its focus, Escape would be lost
  });
  const result = await dialog.launch();
  return result.button.accept && chosen.plan ? chosen : null;
}

/** Asks, and does it.  SAVE: writes all documents, for a restart. */
export async function switchMachine (context: IContext, save: () => Promise<void>, machine?: string): Promise<void> {
  const { session, trans, api } = context;
  const chosen = await decide(context, machine);
  if (!chosen) return;
  const title = choiceLabel(await api.machines().catch(() => null), chosen.machine);
  try {
    if (chosen.plan!.layer === 'restart') await save();
    const done = await session.restart(wanted(chosen));
    // What follows a restart tells of itself.
    if (done.layer === 'gate')
      Notification.success(trans.__('Now on %1. Everything went on running.', title), { autoClose: 8000 });
  } catch (e) {
    Notification.error(trans.__('The machine was not changed: %1', (e as Error).message), { autoClose: false });
  }
}
