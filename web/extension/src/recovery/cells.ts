// cells.ts - the code cells of an open notebook, as recovery sees them
//
// A cell is looked for by its id each time: moving it, or undoing that it was deleted, makes another widget.
import type { CodeCell } from '@jupyterlab/cells';
import type { IOutput } from '@jupyterlab/nbformat';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { JSONExt } from '@lumino/coreutils';
import type { ReadonlyPartialJSONValue } from '@lumino/coreutils';
import type { ICellEntry, IRecordedOutput } from './api';
import type { AdoptedFuture } from './future';

export interface ICells {
  /** The document is loaded. */
  readonly ready: Promise<void>;
  find (id: string): ICell | null;
  /** Do WHAT, which leaves a document that has no changes without changes. */
  quietly (what: () => void): void;
}

export interface ICell {
  /** Id of the request that the cell shows, if one was sent or adopted since it was opened. */
  readonly request: string | null;
  /** Its future was disposed of. */
  readonly isBroken: boolean;
  /** The cell already looks like ENTRY. */
  shows (entry: ICellEntry): boolean;
  /** Empty the cell and give it FUTURE; it runs until `settle`. */
  begin (future: AdoptedFuture): void;
  settle (count: number | null): void;
  /** After what it shows. */
  add (output: IRecordedOutput): void;
}

export class PanelCells implements ICells {
  constructor (private readonly panel: NotebookPanel) {}

  get ready (): Promise<void> {
    return this.panel.context.ready;
  }

  find (id: string): ICell | null {
    if (this.panel.isDisposed) return null;
    const cell = this.panel.content.widgets.find(w => w.model.type === 'code' && w.model.id === id);
    return cell ? new PanelCell(cell as CodeCell) : null;
  }

  quietly (what: () => void): void {
    const model = this.panel.isDisposed ? null : this.panel.content.model, dirty = model?.dirty;
    what();
    if (model && dirty === false) model.dirty = false;
  }
}

class PanelCell implements ICell {
  constructor (private readonly cell: CodeCell) {}

  // Its type has none that is not there, but at first there is none.
  private get future (): Partial<CodeCell['outputArea']['future']> | undefined {
    return this.cell.outputArea.future;
  }

  get request (): string | null {
    return this.future?.msg?.header.msg_id ?? null;
  }

  get isBroken (): boolean {
    return this.future?.isDisposed ?? false;
  }

  shows (entry: ICellEntry): boolean {
    const { executionCount, outputs } = this.cell.model;
    const theirs = (entry.outputs ?? []).map(({ transient: _, ...output }) => output) as ReadonlyPartialJSONValue;
    return executionCount === entry.execution_count && JSONExt.deepEqual(outputs.toJSON() as ReadonlyPartialJSONValue, theirs);
  }

  // As CodeCell.execute: not to be undone, and what the person ran is trusted.
  begin (future: AdoptedFuture): void {
    const model = this.cell.model;
    model.sharedModel.transact(() => model.clearExecution(), false, 'silent-change');
    model.executionState = 'running';
    model.trusted = true;
    this.cell.outputArea.future = future;
  }

  settle (count: number | null): void {
    const model = this.cell.model;
    if (count !== null) model.executionCount = count;
    model.executionState = 'idle';
  }

  add (output: IRecordedOutput): void {
    this.cell.outputArea.model.add(output as IOutput);
  }
}
