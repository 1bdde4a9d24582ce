// help.tsx - tab "Help": what is kept, what ends it, and what the numbers mean
import * as React from 'react';
import { CommandIDs, IContext } from './context';

export default function Help ({ trans, session, commands }: IContext): JSX.Element {
  const topics: [string, string[]][] = [
    [trans.__('What is kept'), [
      trans.__('Everything in /floyd/home, and what you install with pip, is there again when the workspace is resumed. Data in /floyd/input can only be read.'),
      trans.__('Kernels, terminals and everything in memory live as long as the session: until you shut it down, restart it, or leave it idle.')
    ]],
    [trans.__('Another machine'), [
      trans.__('Click on the name of the machine at the top. If the other machine can be had without stopping, cells and terminals go on and get the GPU or the memory at once; otherwise the workspace is restarted. The dialog says which it is, and what would be lost, before anything happens.')
    ]],
    [trans.__('Idle'), [
      trans.__('A cell that runs, a busy CPU or GPU, and a program in a terminal that does something keep a workspace alive. An open terminal that waits for you does not. Five minutes before the end a banner asks whether you are still there.')
    ]],
    [trans.__('The numbers below'), [
      trans.__('CPU, memory, disk and GPU of this workspace, in parts of what its machine may use. Click on one for the last hour. A dot means that there is something to say about it:'),
      trans.__('Memory and disk: more than 75% (info), 90% (warning), 95% (alert). When memory is full, the kernel that uses most is ended; when the disk is full, nothing can be saved.'),
      trans.__('GPU: less than 70% for 5 minutes (info) or 15 minutes (warning), or less than 80% for half an hour (alert). Try larger batches, load data in parallel, or use a machine without a GPU.')
    ]],
    [trans.__('Packages'), [
      trans.__('Install with %pip in a notebook or pip in a terminal. Packages named in floyd_requirements.txt are installed at every start.')
    ]]
  ];
  return (
    <>
      {topics.map(([title, texts]) => (
        <section key={title}>
          <h3>{title}</h3>
          {texts.map(text => <p key={text}>{text}</p>)}
        </section>
      ))}
      {session.item?.page_url && <section>
        <a role="button" tabIndex={0} onClick={() => void commands.execute(CommandIDs.openPage)}
          onKeyDown={e => { if (e.key === 'Enter') void commands.execute(CommandIDs.openPage); }}>
          {trans.__('The page of this workspace')}
        </a>
      </section>}
    </>
  );
}
