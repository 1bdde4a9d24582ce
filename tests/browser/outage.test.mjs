// Network and server fail while a cell prints: the page has every line once, and is back in seconds.
import assert from 'node:assert/strict';
import { Notebook, eventually, scenario, suite } from './lab.mjs';
import { COUNT, Line, assertNumbers, outage, running } from './recovery.mjs';

const skip = process.env.LW_REF ? 'the reference server records no outputs' : false;
const lab = suite();

/** A page that reaches the server over a line that can be cut. */
async function overLine (page, run) {
    const line = await Line.to(lab.server.url);
    const other = await lab.open('lab', page.context(), line.url);
    other.excused.push(...outage);
    try {
        await run(other, line);
        assert.deepEqual(other.complaints, []);
    } finally {
        await line.end();
    }
}

scenario(lab, 'the network is cut, again and again', async page => {
    await overLine(page, async (there, line) => {
        const nb = await running(lab, there, 'cut.ipynb', [COUNT(200), 'print("after")']);
        for (const [i, seconds] of [0, 0, 1, 3].entries()) {
            await nb.printed(0, new RegExp(`\\b${(i + 1) * 10}\\b`));
            await line.cut();
            await there.waitForTimeout(seconds * 1000); // how long it is away; nothing can be waited for
            await line.mend();
        }
        await nb.ended(1, 2);
        assertNumbers(await nb.text(0), 200);
    });
}, { skip });

scenario(lab, 'cut and loaded anew: also what came while nobody was there', async page => {
    await overLine(page, async (there, line) => {
        const nb = await running(lab, there, 'cut-reload.ipynb', [COUNT(150)]);
        await nb.printed(0, /\b10\b/);
        await line.cut();
        await line.mend();
        await lab.reload(there);
        await nb.ended(0, 1);
        assertNumbers(await nb.text(0), 150);
    });
}, { skip });

scenario(lab, 'the machine sleeps longer than Lab tries', async page => {
    await overLine(page, async (there, line) => {
        const nb = await running(lab, there, 'sleep.ipynb', [COUNT(100)]);
        await nb.printed(0, /\b3\b/);
        await line.cut();
        // As after seven attempts.
        await there.evaluate(() => {
            const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
            kernel._reconnectAttempt = 7;
            kernel._reconnect();
        });
        await there.waitForFunction(() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.connectionStatus === 'disconnected');
        await line.mend();
        await there.evaluate(() => window.dispatchEvent(new Event('online')));
        await nb.ended(0, 1);
        assertNumbers(await nb.text(0), 100);
    });
}, { skip });

scenario(lab, 'a tab that sleeps, and whose connection breaks meanwhile', async page => {
    await overLine(page, async (there, line) => {
        const nb = await running(lab, there, 'asleep.ipynb', [COUNT(100), 'print("after")']);
        await nb.printed(0, /\b3\b/);
        // Nothing runs in it any more, as when it sleeps in the background.
        const tab = await there.context().newCDPSession(there);
        await tab.send('Debugger.enable');
        const suspended = new Promise(ok => tab.once('Debugger.paused', ok));
        await tab.send('Debugger.pause');
        await suspended;
        await line.cut();
        await eventually(async () => {
            const [kernel] = (await lab.server.api('GET', 'api/sessions')).filter(s => s.path === nb.path).map(s => s.kernel);
            assert.equal(kernel.execution_state, 'idle');
        });
        await line.mend();
        await tab.send('Debugger.disable');
        await nb.ended(1, 2);
        assertNumbers(await nb.text(0), 100);
        assert.equal(await nb.text(1), 'after\n');
        await lab.shot(there, 'tab-that-slept');
    });
}, { skip });

scenario(lab, 'the server is killed while a cell prints, three times', async page => {
    page.excused.push(...outage);
    const nb = await running(lab, page, 'killed.ipynb', [COUNT(200, 0.05), 'print("after")']);
    for (const n of [20, 60, 100]) {
        await nb.printed(0, new RegExp(`\\b${n}\\b`));
        await lab.server.do('kill9');
        await lab.server.do('start');
    }
    await nb.ended(1, 2);
    assertNumbers(await nb.text(0), 200);
    assert.equal(await nb.text(1), 'after\n');
}, { skip });

scenario(lab, 'killed, and the page loaded anew', async page => {
    page.excused.push(...outage);
    const nb = await running(lab, page, 'killed-reload.ipynb', [COUNT(200, 0.05), 'print("after")']);
    await nb.printed(0, /\b20\b/);
    await lab.server.do('kill9');
    await lab.server.do('start');
    await lab.reload(page);
    await nb.printed(0, /\b\d{2}\b/);
    await lab.server.do('kill9');
    await lab.server.do('start');
    await nb.ended(1, 2);
    assertNumbers(await nb.text(0), 200);
}, { skip });

scenario(lab, 'a kernel that dies says so in the cell that ran, and what it printed is there', async page => {
    page.excused.push(/debugger state: Canceled future/);
    const nb = await running(lab, page, 'death.ipynb', [
        'import os, signal\nfor i in range(3000):\n    print(i)\nimport sys, time; sys.stdout.flush()\ntime.sleep(0.5)  # until it has left the process\nos.kill(os.getpid(), signal.SIGKILL)', 'print("never")'
    ]);
    await lab.accept(page, 'Kernel Restarting');
    await eventually(async () => assert.match(JSON.stringify((await nb.cell(0)).outputs), /SIGKILL|signal 9|[Kk]illed/));
    await eventually(async () => assertNumbers(await nb.text(0), 3000));
    await eventually(async () => assert.deepEqual([(await nb.cell(0)).state, (await nb.cell(1)).state], ['idle', 'idle']));
    assert.doesNotMatch(JSON.stringify((await nb.cell(1)).outputs), /"never/);
    // The cell that waited behind it says that it was not run, also after a reload.
    await nb.printed(1, /This was not run: the kernel died before/);
    await lab.kernelIdle(page);
    await lab.shot(page, 'kernel-death-in-the-cell');
    await lab.reload(page);
    await eventually(async () => assert.match(JSON.stringify((await nb.cell(1)).outputs), /This was not run: the kernel died before/));
    await eventually(async () => assert.match(JSON.stringify((await nb.cell(0)).outputs), /signal 9/));
    assertNumbers(await nb.text(0), 3000);
    await lab.command(page, 'apputils:change-theme', { theme: 'JupyterLab Dark' });
    await lab.command(page, 'notebook:move-cursor-down');
    await nb.printed(1, /This was not run/);
    await nb.ended(1, null);
    await lab.shot(page, 'kernel-death-in-the-cell-dark');
    await lab.kernelIdle(page);
    await new Notebook(page).run('6 * 7');
}, { skip });
