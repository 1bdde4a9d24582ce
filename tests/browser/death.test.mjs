// Why a kernel died, as our extension tells it; and that it can be told not to.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Notebook, eventually, scenario, suite } from './lab.mjs';
import { notebook } from './recovery.mjs';

const skip = process.env.LW_REF ? 'the reference server does not have our extension' : false;
const lab = suite();

async function named (page, name) {
    await lab.server.api('PUT', `api/contents/${encodeURIComponent(name)}`, { type: 'notebook', format: 'json', content: notebook(['']) });
    await lab.openFile(page, name);
    await page.locator('.jp-NotebookPanel:visible .jp-Cell').first().waitFor();
    await lab.kernelIdle(page);
    return new Notebook(page);
}

async function killedKernel (page, name) {
    // The stock debugger's, when its request is under way as the kernel dies.
    page.excused.push(/debugger state: Canceled future/);
    const nb = name ? await named(page, name) : await lab.notebook(page);
    await nb.submit('import os, signal\nos.kill(os.getpid(), signal.SIGKILL)');
    const dialog = lab.dialog(page, 'Kernel Restarting');
    await dialog.waitFor();
    await dialog.locator('.jp-mod-accept').click();
    return nb;
}

scenario(lab, 'a kernel that is killed: the page tells the signal', async page => {
    const warnings = [];
    page.on('console', m => { if (m.type() === 'warning' && /labwright/i.test(m.text())) warnings.push(m.text()); });
    await killedKernel(page);
    const toast = page.locator('.Toastify__toast', { hasText: 'died' });
    await toast.waitFor();
    assert.match(await toast.innerText(), /The kernel of .*\.ipynb died: .*signal 9/);
    await lab.shot(page, 'kernel-death');
    await toast.getByText('Dismiss').evaluate(button => button.click());
    await toast.waitFor({ state: 'detached' });
    assert.deepEqual(warnings, []);
}, { skip });

scenario(lab, 'a long name leaves room for the reason, also in the dark', async page => {
    await lab.command(page, 'apputils:change-theme', { theme: 'JupyterLab Dark' });
    await killedKernel(page, `${'measurements of the third series '.repeat(5)}final.ipynb`);
    const toast = page.locator('.Toastify__toast', { hasText: 'died' });
    await toast.waitFor();
    await lab.shot(page, 'kernel-death-long-name');
    assert.match(await toast.innerText(), /measurements of .*….*\.ipynb died: it was killed by signal 9 \(Killed\)/);
}, { skip });

// Acceptance line 4 in a page: the ways of tests/lib/deaths.py one after the other, in one notebook.
const program = join(dirname(fileURLToPath(import.meta.url)), '../lib/deaths.py');

function ways () {
    const data = join(lab.server.home, '.local/share/jupyter');
    return JSON.parse(execFileSync(process.env.LW_PYTHON || 'python3', [program, data], { encoding: 'utf8' }));
}

// Not until it is there: it may never be.
async function changeKernel (page, name) {
    await page.evaluate(name => {
        window.jupyterapp.shell.currentWidget.sessionContext.changeKernel({ name }).catch(() => {});
    }, name);
    await page.waitForFunction(name => {
        const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel;
        return kernel?.name === name && kernel.connectionStatus === 'connected';
    }, name);
}

// What the page asks about a kernel that died is answered; the kernel is idle again; then a cell runs.
async function alive (page, nb) {
    await eventually(async () => {
        const ok = page.locator('.jp-Dialog .jp-mod-accept');
        if (await ok.count()) await ok.first().click({ timeout: 1000 });
        assert.equal(await ok.count(), 0);
        assert.ok(await page.evaluate(() => {
            const context = window.jupyterapp.shell.currentWidget.sessionContext;
            return context.isReady && context.session?.kernel?.connectionStatus === 'connected';
        }));
    });
    await lab.kernelIdle(page);
    await nb.expect(await nb.run('6*7'), /42/);
}

const groups = []; // that kernels made, and cannot remove from within
after(() => groups.forEach(group => rmdirSync(group)));

// Lab keeps a cell to itself until the kernel's first answer, or three seconds, and forgets it in a death before.
function requests (page) {
    const sent = { count: 0 };
    page.on('websocket', ws => ws.on('framesent', ({ payload }) => {
        if (payload.includes('execute_request')) sent.count++;
    }));
    return sent;
}

async function die (page, nb, way, sent) {
    if (way.before) {
        const before = await nb.run(way.before);
        const text = (await before.locator('.jp-OutputArea-output').allInnerTexts()).join('');
        const group = text.match(/^group (\S+)/)?.[1];
        if (!group) return console.log(`# ${way.name}: no memory cgroup of our own here`);
        groups.push(group);
    }
    if (way.kernel) await changeKernel(page, way.kernel);
    const before = sent.count;
    const cell = await nb.submit(way.code);
    if (way.go) {
        await eventually(() => assert.ok(sent.count > before));
        writeFileSync(way.go, '');
    }
    if (way.restart) {
        await nb.expect(cell, /stuck/);
        await lab.menu(page, 'Kernel', 'Restart Kernel…');
        await lab.accept(page, 'Restart Kernel?');
    }
    await nb.expect(cell, new RegExp(way.tells, 's'));
    if (!way.restart) {
        await lab.dialog(page, 'Kernel Restarting').first().waitFor(); // before that, the page would drop a next cell
    }
    await lab.shot(page, `death-${way.name.replace(/[^a-z]+/gi, '-')}`);
    if (way.kernel) await changeKernel(page, 'python3');
    await alive(page, nb);
}

scenario(lab, 'ten ways to die in one page, and it goes on after each', async page => {
    page.excused.push(/Canceled future/, /Kernel (is )?dead/i);
    const sent = requests(page);
    const nb = await lab.notebook(page);
    for (const way of ways()) await die(page, nb, way, sent);
}, { skip });

scenario(lab, 'a restart that is asked for tells nothing, also after a death', async page => {
    await killedKernel(page);
    const toast = page.locator('.Toastify__toast', { hasText: 'died' });
    await toast.getByText('Dismiss').evaluate(button => button.click());
    await toast.waitFor({ state: 'detached' });
    await lab.kernelIdle(page);
    await lab.menu(page, 'Kernel', 'Restart Kernel…');
    await lab.accept(page, 'Restart Kernel?');
    await lab.kernelIdle(page);
    const [session] = (await lab.server.api('GET', 'api/sessions')).slice(-1);
    assert.ok(!('reason' in session.kernel));
    assert.equal(await toast.count(), 0);
}, { skip });

scenario(lab, 'switched off in the settings: nothing is told', async page => {
    const settings = 'lab/api/settings/@labwright/lab:kernel-death';
    await lab.server.api('PUT', settings, { raw: '{"tell": false}' });
    await lab.reload(page);
    await page.locator('.jp-Launcher:visible').first().waitFor();
    await killedKernel(page);
    await lab.kernelIdle(page);
    await eventually(async () => {
        const [session] = (await lab.server.api('GET', 'api/sessions')).slice(-1);
        assert.match(session.kernel.reason, /signal 9/);
    });
    assert.equal(await page.locator('.Toastify__toast', { hasText: 'died' }).count(), 0);
    await lab.server.api('PUT', settings, { raw: '{}' });
}, { skip });
