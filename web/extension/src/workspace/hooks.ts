// hooks.ts - what keeps a React view in step with the session and with the clock
import * as React from 'react';
import type { ISignal } from '@lumino/signaling';

/** Renders anew for each SIGNAL. */
export function useSignal<Sender> (signal: ISignal<Sender, void>): void {
  const [, render] = React.useReducer((n: number) => n + 1, 0);
  React.useEffect(() => {
    signal.connect(render);
    return () => { signal.disconnect(render); };
  }, [signal]);
}

/** Renders anew each second while ON and while the page is looked at. */
export function useSeconds (on: boolean): void {
  const [, render] = React.useReducer((n: number) => n + 1, 0);
  React.useEffect(() => {
    if (!on) return;
    const timer = setInterval(() => { if (!document.hidden) render(); }, 1000);
    return () => clearInterval(timer);
  }, [on]);
}

export interface ILoaded<T> {
  value: T | null;
  /** In the server's words. */
  error: string;
}

/** What ASK answered last; asked anew when KEY changes, and then the answer to an older KEY is dropped. */
export function useAnswer<T> (ask: () => Promise<T>, key: unknown): ILoaded<T> {
  const [loaded, set] = React.useState<ILoaded<T>>({ value: null, error: '' });
  React.useEffect(() => {
    let current = true;
    ask().then(value => { if (current) set({ value, error: '' }); },
      e => { if (current) set({ value: null, error: (e as Error).message }); });
    return () => { current = false; };
    // ASK is another function each time, and means the same
  }, [key]);
  return loaded;
}
