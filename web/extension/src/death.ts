// death.ts - what to tell when a kernel dies; no widget and no HTTP in here
//
//     const watch = new DeathWatch(ask, tell);
//     watch.saw(kernelId, 'Untitled.ipynb', status)      for each change of a kernel's status
//
// The page knows only that a kernel is `autorestarting` or `dead`, not why; the server says why, in the
// `reason` of the kernel's model.  `restarting` alone is a restart that someone asked for: it comes before
// the server has heard of it, when the model may still hold the reason of an earlier death.

/** The part of GET /api/kernels/ID that is read. */
export interface IKernelModel {
  reason?: string;
}

export interface IDeath {
  /** What the kernel worked for: the name of a notebook or console, shortened if it is long. */
  name: string;
  /** How it ended, in the server's words. */
  reason: string;
  /** The server starts it again by itself. */
  restarts: boolean;
}

/** The status can arrive just before the reason: ask this often, with pauses between. */
const ATTEMPTS = 3;

/** A notification shows 140 characters; a longer name would leave none for the reason. */
const NAME = 40;

function shortened (name: string): string {
  const letters = [...name];
  if (letters.length <= NAME) return name;
  return `${letters.slice(0, NAME - 13).join('')}…${letters.slice(-12).join('')}`;
}

export class DeathWatch {
  /** False: nothing is asked and nothing told. */
  enabled = true;

  constructor (
    private readonly ask: (id: string) => Promise<IKernelModel>,
    private readonly tell: (death: IDeath) => void,
    private readonly pauseMs = 300
  ) {}

  /** Several documents on one kernel see one death: the first of them tells it. */
  async saw (id: string, name: string, status: string): Promise<void> {
    if (!this.enabled || (status !== 'autorestarting' && status !== 'dead') || this.asking.has(id)) return;
    this.asking.add(id);
    try {
      const reason = await this.reasonOf(id);
      if (reason && this.enabled) this.tell({ name: shortened(name), reason, restarts: status !== 'dead' });
    } finally {
      this.asking.delete(id);
    }
  }

  private async reasonOf (id: string): Promise<string> {
    for (let i = 0; i < ATTEMPTS; i++) {
      if (i > 0) await new Promise(ok => setTimeout(ok, this.pauseMs));
      try {
        const { reason } = await this.ask(id);
        if (reason) return reason;
      } catch {
        return ''; // gone, or no server: the page tells that itself
      }
    }
    return '';
  }

  private readonly asking = new Set<string>();
}
