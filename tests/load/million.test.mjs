// A million lines from one cell while everything is done to lose, double or reorder them: the network is cut,
// the server is killed and upgraded, the page reloads, a second browser joins, the tab is closed for the rest.
// Then the document, the journal and the screen must hold every line once and in order.
//
//     ./dev browser tests/load/million.test.mjs          LW_LINES=1000000 LW_CUTS=100 LW_KILLS=100
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, after, before } from 'node:test';
import { Lab, eventually } from '../browser/lab.mjs';
import { Proxy } from './proxy.mjs';

const LINES = Number(process.env.LW_LINES || 1000000);
const CUTS = Number(process.env.LW_CUTS || 100);
const KILLS = Number(process.env.LW_KILLS || 100);
const CODE = `import time
for i in range(${LINES}):
    print(i)
    if i % ${Math.ceil(LINES / 600)} == 0: time.sleep(0.1)
print('the end')`;

const lab = new Lab();
let proxy, direct;
before(async () => {
    await lab.start();
    direct = lab.server.url;
    proxy = await Proxy.start(new URL(direct).port);
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

async function restart () {
    await lab.server.do('kill9');
    await lab.server.do('start');
}

// KiB of private memory of the server and its keeper.
async function memory () {
    const { pids } = await lab.server.do('pids');
    let sum = 0;
    for (const pid of pids) {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        if (!['lab', 'keep'].includes(words[1])) continue;
        for (const [, kib] of readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').matchAll(/^Private_\w+: +(\d+)/gm))
            sum += Number(kib);
    }
    return sum;
}

function check (text, what) {
    const lines = text.split('\n');
    assert.equal(lines.pop(), '', `${what} ends in the middle of a line`);
    assert.equal(lines.pop(), 'the end', `${what} has no end`);
    let wrong = 0;
    for (let i = 0; i < lines.length && wrong < 5; i++)
        if (lines[i] !== String(i)) {
            wrong++;
            console.log(`${what}: line ${i} is ${lines[i]}`);
        }
    assert.equal(lines.length, LINES, what);
    assert.equal(wrong, 0, what);
    figure(`${what}: ${LINES} lines, 0 lost, 0 twice, 0 out of order`);
}

function textOf (document) {
    const { outputs } = JSON.parse(document).cells[0];
    return outputs.map(o => [].concat(o.text).join('')).join('');
}

test('a million lines survive everything', { timeout: 1800000 }, async () => {
    const page = await lab.open();
    const nb = await lab.notebook(page);
    await nb.run('1');
    await save(page);
    const path = await page.evaluate(() => window.jupyterapp.shell.currentWidget.context.path);
    const kernel = await page.evaluate(() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.id);
    await page.keyboard.press('Escape');
    await page.evaluate(() => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = 0; });
    const memoryBefore = await memory();
    await nb.submit(CODE);
    await save(page);

    for (let i = 0; i < CUTS; i++) {
        proxy.cut();
        await pause(100 + 37 * (i % 7));
    }
    figure(`${CUTS} cuts done, memory ${await memory()} KiB, before ${memoryBefore}`);
    for (let i = 0; i < KILLS; i++) {
        await restart();
        await pause(40 + 23 * (i % 7));
    }
    figure(`${KILLS} kills done`);
    await lab.reload(page);
    await lab.server.do('upgrade');
    const second = await lab.open(`lab/tree/${path}`);
    await pause(2000);
    figure(`still running when the tabs close: ${(await lab.server.api('GET', 'api/kernels'))[0].execution_state}`);
    await second.context().close();
    await page.context().close();

    await eventually(async () => {
        const [k] = await lab.server.api('GET', 'api/kernels');
        assert.equal(k.execution_state, 'idle');
    }, 900000);
    const file = join(lab.server.root, path);
    await eventually(() => {
        const text = textOf(readFileSync(file, 'utf8'));
        assert.ok(text.endsWith('the end\n'), `10 s after its end the document stops at ${text.slice(-20)}`);
    }, 10000);
    const memoryAfter = await memory();
    figure(`memory at the end ${memoryAfter} KiB`);
    check(textOf(readFileSync(file, 'utf8')), 'document');

    const again = await lab.open(`lab/tree/${path}`);
    await again.locator('.jp-NotebookPanel:visible .jp-Cell').first().waitFor();
    const shown = await again.evaluate(async () => {
        const { context, content } = window.jupyterapp.shell.currentWidget;
        await context.ready;
        const outputs = content.model.cells.get(0).outputs;
        let text = '';
        for (let i = 0; i < outputs.length; i++) text += [].concat(outputs.get(i).toJSON().text).join('');
        return text;
    });
    check(shown, 'screen');
    await lab.shot(again, 'million');
    await again.context().close();

    await lab.server.do('kill9');
    const journal = JSON.parse(execFileSync(process.env.LW_PYTHON || 'python3',
        [join(import.meta.dirname, 'journal.py'), join(lab.server.tmp, 'run'), kernel], { maxBuffer: 1 << 28 }));
    assert.ok(journal.rising && !journal.gap);
    check(journal.text, 'journal');
    await lab.server.do('start');
    assert.ok(memoryAfter < memoryBefore + 64 * 1024, `memory grew from ${memoryBefore} to ${memoryAfter} KiB`);
});
