// Prebuilt extensions: ours from the tree, and a third party's from its ordinary install location.
import assert from 'node:assert/strict';
import { isRef, scenario, suite } from './lab.mjs';

const lab = suite();

scenario(lab, 'our extension tells about the server', async page => {
    await lab.menu(page, 'Help', 'About the Server');
    const dialog = lab.dialog(page, 'Labwright');
    assert.match(await dialog.innerText(), /up since .*Kernels: \d+/s);
    await lab.shot(page, 'extension-about');
    await lab.accept(page, 'Labwright');
}, { skip: isRef ? 'the reference server does not have it' : false });

scenario(lab, 'the extension manager lists what is installed, and installs nothing', async page => {
    page.excused.push(/github\.com\/[\w-]+\.png/); // the authors' faces, which JupyterLab fetches from there
    await page.locator('.lm-TabBar-tab[data-id="extensionmanager.main-view"]').click();
    const manager = page.locator('#extensionmanager\\.main-view');
    await manager.locator('jp-button, button', { hasText: /^Yes$/ }).click();
    for (const name of ['@jupyter-widgets/jupyterlab-manager', ...isRef ? [] : ['@labwright/lab']])
        await manager.getByText(name, { exact: true }).first().waitFor();
    assert.doesNotMatch(await manager.innerText(), /install(?!ed)/i);
    await lab.shot(page, 'extension-manager');
});

scenario(lab, 'jupyterlab_widgets is loaded from its labextensions directory', async page => {
    const loaded = await page.evaluate(() => JSON.parse(document.getElementById('jupyter-config-data').textContent)
        .federated_extensions.map(e => e.name));
    assert.ok(loaded.includes('@jupyter-widgets/jupyterlab-manager'), loaded.join());
    assert.ok(await page.evaluate(() => window.jupyterapp.hasPlugin('@jupyter-widgets/jupyterlab-manager:plugin')));
});
