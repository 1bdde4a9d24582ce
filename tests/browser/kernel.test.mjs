// A kernel's life as the page shows it: interrupt, restart, death and automatic restart.
import assert from 'node:assert/strict';
import { eventually, scenario, suite } from './lab.mjs';

const lab = suite();

scenario(lab, 'interrupt', async page => {
    const nb = await lab.notebook(page);
    const cell = await nb.submit('import time\nprint("busy now", flush=True)\nwhile True:\n    time.sleep(0.01)');
    await nb.expect(cell, /busy now/);
    await page.locator('.jp-NotebookPanel:visible [data-jp-item-name="interrupt"] jp-button, .jp-NotebookPanel:visible [data-jp-item-name="interrupt"] button')
        .first().click();
    await nb.expect(cell, /KeyboardInterrupt/);
    await lab.shot(page, 'kernel-interrupted');
    await lab.kernelIdle(page);
});

scenario(lab, 'restart: the same kernel, its variables gone', async page => {
    const nb = await lab.notebook(page);
    await nb.run('kept = 5');
    const [before] = (await lab.server.api('GET', 'api/sessions')).slice(-1);
    await lab.menu(page, 'Kernel', 'Restart Kernel…');
    await lab.accept(page, 'Restart Kernel?');
    await lab.kernelIdle(page);
    const cell = await nb.run('kept');
    await nb.expect(cell, /NameError/);
    const after = (await lab.server.api('GET', 'api/sessions')).find(s => s.id === before.id);
    assert.equal(after.kernel.id, before.kernel.id);
    await lab.shot(page, 'kernel-restarted');
    // Its prompt counts from one again.
    assert.match(await cell.locator('.jp-InputPrompt').innerText(), /\[1\]/);
});

scenario(lab, 'a kernel that dies is restarted and the page says so', async page => {
    const nb = await lab.notebook(page);
    await nb.run('kept = 5');
    await nb.submit('import os, signal\nos.kill(os.getpid(), signal.SIGKILL)');
    const dialog = lab.dialog(page, 'Kernel Restarting');
    await dialog.waitFor();
    assert.match(await dialog.innerText(), /appears to have died/);
    await lab.shot(page, 'kernel-died');
    await dialog.locator('.jp-mod-accept').click();
    await lab.kernelIdle(page);
    const cell = await nb.run('"kept" in globals()');
    await nb.expect(cell, /False/);
});

scenario(lab, 'another kernel, no kernel, shut down and start again', async page => {
    const nb = await lab.notebook(page);
    const before = (await lab.server.api('GET', 'api/kernels')).length;
    await lab.menu(page, 'Kernel', 'Shut Down Kernel');
    await eventually(async () => assert.equal((await lab.server.api('GET', 'api/kernels')).length, before - 1));
    await page.locator('.jp-NotebookPanel:visible .jp-KernelName', { hasText: 'No Kernel' }).click();
    await page.locator('.jp-Dialog', { hasText: 'Select Kernel' }).locator('.jp-mod-accept').click();
    await lab.kernelIdle(page);
    const cell = await nb.run('6 * 7');
    await nb.expect(cell, /42/);
});
