// Prebuilt extensions: ours from the tree, and a third party's from its ordinary install location.
import assert from 'node:assert/strict';
import { scenario, suite } from './lab.mjs';

const lab = suite();

scenario(lab, 'our extension tells about the server', async page => {
    await lab.menu(page, 'Help', 'About the Server');
    const dialog = lab.dialog(page, 'Labwright');
    assert.match(await dialog.innerText(), /up since .*Kernels: \d+/s);
    await lab.shot(page, 'extension-about');
    await lab.accept(page, 'Labwright');
}, { skip: process.env.LW_REF ? 'the reference server does not have it' : false });

scenario(lab, 'jupyterlab_widgets is loaded from its labextensions directory', async page => {
    const loaded = await page.evaluate(() => JSON.parse(document.getElementById('jupyter-config-data').textContent)
        .federated_extensions.map(e => e.name));
    assert.ok(loaded.includes('@jupyter-widgets/jupyterlab-manager'), loaded.join());
    assert.ok(await page.evaluate(() => window.jupyterapp.hasPlugin('@jupyter-widgets/jupyterlab-manager:plugin')));
});
