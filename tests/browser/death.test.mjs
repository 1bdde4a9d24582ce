// Why a kernel died, as our extension tells it; and that it can be told not to.
import assert from 'node:assert/strict';
import { eventually, scenario, suite } from './lab.mjs';

const skip = process.env.LW_REF ? 'the reference server does not have our extension' : false;
const lab = suite();

async function killedKernel (page) {
    // The stock debugger's, when its request is under way as the kernel dies.
    page.excused.push(/debugger state: Canceled future/);
    const nb = await lab.notebook(page);
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
