// recovery.mjs - notebooks that run while something happens to the page, the network or the server
//
//     const nb = await running(lab, page, 'a.ipynb', [COUNT(50)]);     // opened, its cells sent
//     await nb.printed(0, /\b5\b/);                                    // cell 0 shows this by now
//     await lab.reload(page);
//     await nb.ended(0, 1);                                            // cell 0 ended as [1]
//     assert.equal(await nb.text(0), NUMBERS(50));
import assert from 'node:assert/strict';
import { createServer, connect } from 'node:net';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PATIENCE, eventually } from './lab.mjs';

/** Prints 0 to N-1, one in SECONDS. */
export const COUNT = (n, seconds = 0.1) =>
    `import time\nfor i in range(${n}):\n    print(i, flush=True)\n    time.sleep(${seconds})`;
export const NUMBERS = n => Array.from({ length: n }, (_, i) => `${i}\n`).join('');

/** TEXT is what COUNT(n) prints; the first line that is not, if it is not. */
export function assertNumbers (text, n) {
    const lines = text.split('\n'), wrong = lines.slice(0, n).findIndex((line, i) => line !== String(i));
    assert.equal(wrong, -1, `line ${wrong} is "${lines[wrong]}", then ${lines.slice(wrong + 1, wrong + 4)}`);
    assert.equal(text, NUMBERS(n), `${lines.length - 1} lines, not ${n}`);
}

export const notebook = sources => ({
    nbformat: 4, nbformat_minor: 5, metadata: { kernelspec: { name: 'python3', display_name: 'Python 3' } },
    cells: sources.map((source, i) => ({ cell_type: 'code', id: `cell-${i}`, metadata: {}, execution_count: null, outputs: [], source }))
});

// What a page complains of while there is no server; the browser says most of it.  And of a comm of the page before.
export const outage = [/Comm not found for comm id/, /ERR_CONNECTION_(REFUSED|RESET|CLOSED)|ERR_EMPTY_RESPONSE|ERR_INTERNET_DISCONNECTED|ERR_SOCKET_NOT_CONNECTED/,
    /WebSocket connection to/, /Connection lost, reconnecting/, /Failed to fetch|NetworkError|network error/i];

/** The notebook PATH, by the ids of its cells: as it is in the page, and on disk. */
export class Running {
    constructor (lab, page, path) {
        Object.assign(this, { lab, page, path });
    }
    // The model of cell N as JSON, with its state.
    async cell (n) {
        return await this.page.evaluate(([path, id]) => {
            const panel = [...window.jupyterapp.shell.widgets('main')].find(w => w.context?.path === path);
            const cell = panel?.content.widgets.find(w => w.model.id === id);
            return cell && { ...cell.model.toJSON(), state: cell.model.executionState, prompt: cell.inputArea?.promptNode?.textContent ?? '' };
        }, [this.path, `cell-${n}`]);
    }
    async text (n, name = 'stdout') {
        const cell = await this.cell(n);
        return (cell?.outputs ?? []).filter(o => o.name === name).map(o => [o.text].flat().join('')).join('');
    }
    // What a person sees in the outputs of cell N.
    async seen (n) {
        const texts = await this.page.locator(`.jp-NotebookPanel:visible .jp-Cell[data-windowed-list-index="${n}"] .jp-OutputArea-output`).allInnerTexts();
        return texts.join('\n');
    }
    async printed (n, what) {
        await eventually(async () => assert.match(await this.seen(n), what));
    }
    async isRunning (n) {
        await eventually(async () => assert.equal((await this.cell(n))?.state, 'running'));
    }
    async ended (n, count) {
        await eventually(async () => {
            const cell = await this.cell(n);
            assert.deepEqual([cell?.state, cell?.execution_count], ['idle', count]);
            assert.match(cell.prompt, count === null ? /\[ \]/ : new RegExp(`\\[${count}\\]`));
        });
    }
    // The cells on disk.
    disk () {
        return JSON.parse(readFileSync(join(this.lab.server.root, this.path), 'utf8')).cells;
    }
    diskText (n) {
        return this.disk()[n].outputs.filter(o => o.name === 'stdout').map(o => [o.text].flat().join('')).join('');
    }
    get isDirty () {
        return this.page.evaluate(path => [...window.jupyterapp.shell.widgets('main')].find(w => w.context?.path === path).context.model.dirty, this.path);
    }
    // In PAGE, which shows Lab.
    async open (page = this.page) {
        const nb = new Running(this.lab, page, this.path);
        await this.lab.openFile(page, this.path);
        await page.locator('.jp-NotebookPanel:visible .jp-Cell').first().waitFor();
        return nb;
    }
    async runAll () {
        await this.lab.command(this.page, 'notebook:run-all-cells');
    }
}

/** The notebook PATH of these cells, open in PAGE, all of them sent to the kernel. */
export async function running (lab, page, path, sources) {
    await lab.server.api('PUT', `api/contents/${path}`, { type: 'notebook', format: 'json', content: notebook(sources) });
    const nb = await new Running(lab, page, path).open();
    await lab.kernelIdle(page);
    // With what Lab adds of the kernel's language; otherwise that alone would be a change.
    await lab.command(page, 'docmanager:save');
    // Not awaited by the page: the command ends with the last cell.
    await page.evaluate(() => { void window.jupyterapp.commands.execute('notebook:run-all-cells').catch(() => {}); });
    await nb.isRunning(0);
    return nb;
}

/** A way to the server that can be cut; `url` instead of the server's. */
export class Line {
    static async to (url) {
        const line = new Line();
        line.target = new URL(url);
        await line.mend();
        line.url = `http://127.0.0.1:${line.port}${line.target.pathname}`;
        return line;
    }
    sockets = new Set();
    port = 0;
    // From now on until it is mended: nothing that is open stays, and nobody answers.
    async cut () {
        const closed = new Promise(ok => this.server.close(ok));
        for (const s of this.sockets) s.destroy();
        await closed;
    }
    async mend () {
        this.server = createServer(from => {
            const to = connect(Number(this.target.port), this.target.hostname);
            for (const [a, b] of [[from, to], [to, from]]) {
                this.sockets.add(a);
                a.on('error', () => {}).on('close', () => { this.sockets.delete(a); b.destroy(); });
                a.pipe(b);
            }
        });
        await new Promise((ok, no) => this.server.once('error', no).listen(this.port, '127.0.0.1', ok));
        this.port = this.server.address().port;
    }
    async end () {
        if (this.server.listening) await this.cut();
    }
}
