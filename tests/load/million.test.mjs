// Output from one cell while everything is done to lose, double or reorder it: the network is cut, the server is
// killed and upgraded, the page reloads, a second browser joins, the tab is closed for the rest.  First a million
// lines, then display updates, progress bars and binary widget traffic.  Then the document, the journal and the
// screen must hold everything once and in order.
//
//     ./dev browser tests/load/million.test.mjs          LW_LINES=1000000 LW_UPDATES=20000 LW_CUTS=100 LW_KILLS=100
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, after, before } from 'node:test';
import { Lab, eventually } from '../browser/lab.mjs';
import { Proxy } from './proxy.mjs';

const LINES = Number(process.env.LW_LINES || 1000000);
const UPDATES = Number(process.env.LW_UPDATES || 20000);
const CUTS = Number(process.env.LW_CUTS || 100);
const KILLS = Number(process.env.LW_KILLS || 100);
const BUFFER = 80000; // bytes of a picture's data
const EACH = 40; // updates for one picture
// Nine tenths are printed quickly; the rest waits, line by line, for the file `enough`.
const slow = n => `if i > ${Math.floor(n * 0.9)} and not enough():
        time.sleep(0.05)
    elif i % ${Math.ceil(n / 600)} == 0:
        time.sleep(0.1)`;
const BEGIN = `import os, time
def enough(): return os.path.exists('enough')
`;
const PRINT = `${BEGIN}
for i in range(${LINES}):
    print(i)
    ${slow(LINES)}
print('the end')`;
const DISPLAY = `${BEGIN}
import ipywidgets
from IPython.display import display
text = display('update', display_id=True)
picture = ipywidgets.Image()
display(picture)
for i in range(${UPDATES}):
    text.update(f'update {i}')
    print(f'\\r{i * 100 // ${UPDATES - 1}}% ', end='')
    if i % ${EACH} == 0: picture.value = i.to_bytes(4, 'big') * ${BUFFER / 4}
    ${slow(UPDATES)}
print('\\nthe end')`;

const lab = new Lab();
let proxy;
before(async () => {
    await lab.start();
    proxy = await Proxy.start(new URL(lab.server.url).port);
    lab.server.url = `http://127.0.0.1:${proxy.port}/`;
}, { timeout: 120000 });
after(async () => {
    await proxy?.end();
    await lab.end();
});

const pause = ms => new Promise(ok => setTimeout(ok, ms));
const figure = text => console.log(`  figure: ${text}`);

// Without the question for a name that a first save by the keyboard brings.
async function save (page) {
    await page.evaluate(() => window.jupyterapp.shell.currentWidget.context.save());
}

// KiB of private memory of the server and its keeper.
async function memory () {
    const { pids } = await lab.server.do('pids');
    const sum = { lab: 0, keep: 0 };
    for (const pid of pids) {
        try {
            const role = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[1];
            if (!(role in sum)) continue;
            for (const [, kib] of readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').matchAll(/^Private_\w+: +(\d+)/gm))
                sum[role] += Number(kib);
        } catch (e) {
            if (!['ENOENT', 'ESRCH'].includes(e.code)) throw e; // it has just ended
        }
    }
    return sum;
}

// Remembers the most that each of the two had.
class Watch {
    async begin () {
        this.before = await memory();
        this.most = { ...this.before };
    }
    async look () {
        const now = await memory();
        for (const role in now) this.most[role] = Math.max(this.most[role], now[role]);
        return now;
    }
    growth () {
        return Object.keys(this.most).map(role => `${role} ${this.most[role] - this.before[role]}`).join(', ');
    }
}

function check (text, what) {
    const lines = text.split('\n');
    assert.equal(lines.pop(), '', `${what} ends in the middle of a line`);
    assert.equal(lines.pop(), 'the end', `${what} has no end`);
    const times = new Array(LINES).fill(0);
    let disorder = 0, strange = 0, last = -1;
    for (const line of lines) {
        const n = Number(line);
        if (!Number.isInteger(n) || n < 0 || n >= LINES || line === '') { strange++; continue; }
        if (n < last) disorder++;
        times[n]++;
        last = n;
    }
    const lost = times.filter(n => n === 0).length, twice = times.filter(n => n > 1).length;
    figure(`${what}: ${lines.length} lines, ${lost} lost, ${twice} twice, ${disorder} out of order, ${strange} others`);
    assert.deepEqual({ lost, twice, disorder, strange }, { lost: 0, twice: 0, disorder: 0, strange: 0 }, what);
}

const outputsOf = document => JSON.parse(document).cells[0].outputs;
const streamOf = outputs => outputs.filter(o => o.output_type === 'stream').map(o => [].concat(o.text).join('')).join('');

function journalOf (kernel) {
    return JSON.parse(execFileSync(process.env.LW_PYTHON || 'python3',
        [join(import.meta.dirname, 'journal.py'), join(lab.server.tmp, 'run'), kernel], { maxBuffer: 1 << 28 }));
}

// Run CODE in a new notebook through everything; its file and kernel, and a page that shows it afterwards.
async function ordeal (code, watch) {
    const page = await lab.open();
    const nb = await lab.notebook(page);
    await nb.run('1');
    await save(page);
    const [path, kernel] = await page.evaluate(() => {
        const { context, sessionContext } = window.jupyterapp.shell.currentWidget;
        return [context.path, sessionContext.session.kernel.id];
    });
    await page.keyboard.press('Escape');
    await page.evaluate(() => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = 0; });
    await watch.begin();
    await nb.submit(code);
    await save(page);

    for (let i = 0; i < CUTS; i++) {
        proxy.cut();
        await pause(100 + 37 * (i % 7));
        if (i % 10 === 0) await watch.look();
    }
    for (let i = 0; i < KILLS; i++) {
        await lab.server.do('kill9');
        await lab.server.do('start');
        await pause(40 + 23 * (i % 7));
        if (i % 10 === 0) await watch.look();
    }
    await lab.reload(page);
    await lab.server.do('upgrade');
    const second = await lab.open(`lab/tree/${path}`);
    await pause(2000);
    const [{ execution_state: state }] = await lab.server.api('GET', 'api/kernels');
    await second.context().close();
    await page.context().close();
    figure(`${CUTS} cuts, ${KILLS} kills, a reload, an upgrade, a second browser, then nobody; the kernel was ${state}`);
    assert.equal(state, 'busy', 'it had ended before the last page was closed');
    writeFileSync(join(lab.server.root, 'enough'), '');

    await eventually(async () => {
        await watch.look();
        assert.equal((await lab.server.api('GET', 'api/kernels'))[0].execution_state, 'idle');
    }, 600000);
    const file = join(lab.server.root, path);
    await eventually(async () => {
        await watch.look();
        assert.match(streamOf(outputsOf(readFileSync(file, 'utf8'))), /the end\n$/);
    }, 20000);
    const end = await watch.look();
    figure(`memory at most grew by ${watch.growth()} KiB; at the end: lab ${end.lab}, keep ${end.keep} KiB`);
    const again = await lab.open(`lab/tree/${path}`);
    await again.locator('.jp-NotebookPanel:visible .jp-Cell').first().waitFor();
    return { kernel, outputs: outputsOf(readFileSync(file, 'utf8')), page: again };
}

async function shownOn (page) {
    return await page.evaluate(async () => {
        const { context, content } = window.jupyterapp.shell.currentWidget;
        await context.ready;
        return content.model.cells.get(0).outputs.toJSON();
    });
}

// No server, so that the journal is ours; afterwards no kernel.
async function journalAlone (kernel) {
    await lab.server.do('kill9');
    const journal = journalOf(kernel);
    assert.ok(journal.rising && !journal.gap, 'the journal has a gap');
    await lab.server.do('start');
    await lab.server.api('DELETE', `api/kernels/${kernel}`);
    return journal;
}

function flat (watch) {
    for (const role in watch.most)
        assert.ok(watch.most[role] < watch.before[role] + 256 * 1024, `memory grew by ${watch.growth()} KiB`);
}

test('a million lines survive everything', { timeout: 1500000 }, async () => {
    const watch = new Watch();
    const { kernel, outputs, page } = await ordeal(PRINT, watch);
    check(streamOf(outputs), 'document');
    check(streamOf(await shownOn(page)), 'screen');
    await lab.shot(page, 'million');
    await page.context().close();
    check((await journalAlone(kernel)).text, 'journal');
    flat(watch);
});

test('updates, progress bars and widgets survive everything', { timeout: 1500000 }, async () => {
    rmSync(join(lab.server.root, 'enough'), { force: true });
    const watch = new Watch();
    const { kernel, outputs, page } = await ordeal(DISPLAY, watch);
    const last = `'update ${UPDATES - 1}'`;
    const pictures = [];
    for (let i = 0; i < UPDATES; i += EACH) {
        const four = Buffer.alloc(4);
        four.writeUInt32BE(i);
        pictures.push(createHash('sha256').update(Buffer.alloc(BUFFER, four)).digest('hex'));
    }
    for (const [what, all] of [['document', outputs], ['screen', await shownOn(page)]]) {
        assert.equal([].concat(all[0].data['text/plain']).join(''), last, what);
        assert.equal(all.filter(o => o.data?.['application/vnd.jupyter.widget-view+json']).length, 1, what);
        assert.match(streamOf(all), /^100% \nthe end\n$/, what);
        figure(`${what}: the last of ${UPDATES} updates, one bar, one widget`);
    }
    await eventually(async () => {
        const data = await page.evaluate(async () => {
            const img = document.querySelector('.jp-OutputArea-output img');
            return Array.from(new Uint8Array(await (await fetch(img.src)).arrayBuffer()));
        });
        assert.equal(createHash('sha256').update(Buffer.from(data)).digest('hex'), pictures.at(-1));
    });
    figure(`screen: the widget's ${BUFFER} bytes have the checksum of the last of ${pictures.length}`);
    await page.context().close();
    const journal = await journalAlone(kernel);
    assert.deepEqual(journal.updates, Array.from({ length: UPDATES }, (_, i) => `'update ${i}'`));
    assert.deepEqual(journal.buffers.filter(h => pictures.includes(h)), pictures);
    figure(`journal: ${UPDATES} updates and ${pictures.length} buffers by checksum, 0 lost, 0 twice, 0 out of order`);
    flat(watch);
});
