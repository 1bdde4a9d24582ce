// connections.ts - Wake for the kernels of everything in the main area, and what wakes it
import type { ILabShell } from '@jupyterlab/application';
import type { ISessionContext } from '@jupyterlab/apputils';
import { getJSON } from '../handler';
import { eachSession } from '../sessions';
import { atMostOnce } from './once';
import { IConnection, Wake } from './wake';

/** An answer that takes longer is none: after a sleep, connections can hang that nobody serves any more. */
const PATIENCE_MS = 5000;

async function aliveKernels (): Promise<string[]> {
  const kernels = await getJSON<{ id: string }[]>('api/kernels', { signal: AbortSignal.timeout(PATIENCE_MS) });
  return kernels.map(k => k.id);
}

export function reconnectSoon (shell: ILabShell): void {
  const contexts = new Set<ISessionContext>();
  const connections = () => [...contexts].map(c => c.session?.kernel).filter((k): k is NonNullable<typeof k> => !!k);
  const wake = new Wake(connections as () => IConnection[], aliveKernels);
  eachSession(shell, context => {
    const seen = () => {
      const kernel = context.session?.kernel;
      if (kernel) atMostOnce(kernel);
      wake.changed();
    };
    contexts.add(context);
    context.kernelChanged.connect(seen);
    context.connectionStatusChanged.connect(seen);
    context.disposed.connect(() => contexts.delete(context));
    seen();
  });
  window.addEventListener('online', () => wake.now());
  window.addEventListener('pageshow', () => wake.now());
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) wake.now();
  });
}
