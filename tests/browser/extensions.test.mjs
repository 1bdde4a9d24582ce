// Third parties' prebuilt extensions as pip installs them, one of them with endpoints of the server
// (contract 8).  LW_EXTENSIONS: the share/jupyter directory that has jupyter-resource-usage.
import assert from 'node:assert/strict';
import { eventually, isRef, scenario, suite } from './lab.mjs';

const path = process.env.LW_EXTENSIONS;
const skip = !path ? 'LW_EXTENSIONS is not set' : isRef && 'the reference server lacks the extension\'s Python part';
const lab = suite({ environ: path ? { JUPYTER_PATH: path } : null });

scenario(lab, 'both kinds of place are looked at', async page => {
    const loaded = await page.evaluate(() => JSON.parse(document.getElementById('jupyter-config-data').textContent)
        .federated_extensions.map(e => e.name));
    for (const name of ['@jupyter-widgets/jupyterlab-manager', '@jupyter-server/resource-usage'])
        assert.ok(loaded.includes(name), `${name} is not in ${loaded.join()}`);
}, { skip });

scenario(lab, 'the status bar shows the memory, and shows that a kernel takes more', async page => {
    const memory = async () => {
        const text = await page.locator('#jp-main-statusbar').innerText();
        const [, n, unit] = /Mem:\s*([\d.]+)(?:\s*\/\s*[\d.]+)?\s*(MB|GB)/.exec(text) ?? assert.fail(text);
        return n * (unit === 'GB' ? 1024 : 1);
    };
    const nb = await lab.notebook(page);
    await eventually(async () => assert.ok(await memory() > 5));
    const before = await memory();
    const cell = await nb.run('taken = b"x" * (400 << 20); import ipywidgets as w\ns = w.IntSlider(value=3, max=10); s');
    await cell.locator('.noUi-handle').waitFor();
    await cell.locator('.noUi-handle').press('ArrowRight');
    await nb.expect(await nb.run('s.value'), /4/);
    await eventually(async () => assert.ok(await memory() > before + 300, `${await memory()} after ${before}`));
    await lab.shot(page, 'extensions-status-bar');
}, { skip });

scenario(lab, 'the sidebar shows the kernel of the notebook', async page => {
    const nb = await lab.notebook(page);
    await nb.run('1');
    await page.locator('.jp-SideBar .lm-TabBar-tab[title*="Kernel Usage"]').click();
    const panel = page.locator('.jp-KernelUsage-section-separator').first();
    await panel.waitFor();
    await eventually(async () => assert.match(await page.locator('body').innerText(), /Kernel Host:[^]*Process ID: \d+[^]*Total: /));
    await lab.shot(page, 'extensions-kernel-usage');
}, { skip });
