// Settings and themes survive a reload; so does the layout.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, scenario, suite } from './lab.mjs';

const lab = suite();
const theme = page => page.locator('body').getAttribute('data-jp-theme-name');
const background = page => page.evaluate(() => getComputedStyle(document.body).getPropertyValue('--jp-layout-color1').trim());

scenario(lab, 'the dark theme is kept over a reload', async page => {
    assert.equal(await theme(page), 'JupyterLab Light');
    const light = await background(page);
    await lab.menu(page, 'Settings', 'Theme', 'JupyterLab Dark');
    await eventually(async () => assert.equal(await theme(page), 'JupyterLab Dark'));
    await eventually(async () => assert.notEqual(await background(page), light));
    const file = join(lab.server.home, '.jupyter/lab/user-settings/@jupyterlab/apputils-extension/themes.jupyterlab-settings');
    await eventually(() => assert.match(readFileSync(file, 'utf8'), /"theme":\s*"JupyterLab Dark"/));
    await lab.reload(page);
    assert.equal(await theme(page), 'JupyterLab Dark');
    await page.locator('.jp-Launcher:visible').first().waitFor();
    await lab.shot(page, 'settings-dark');
    await lab.menu(page, 'Settings', 'Theme', 'JupyterLab Light');
    await eventually(async () => assert.equal(await theme(page), 'JupyterLab Light'));
});

scenario(lab, 'a setting typed as JSON5 works at once and after a reload, its comment kept', async page => {
    const id = '@jupyterlab/notebook-extension:tracker';
    const raw = '{\n  // line numbers, please\n  codeCellConfig: { lineNumbers: true, },\n}';
    await page.evaluate(([id, raw]) => window.jupyterapp.serviceManager.settings.save(id, raw), [id, raw]);
    await lab.reload(page);
    const nb = await lab.notebook(page);
    await nb.cell(0).locator('.cm-lineNumbers').waitFor();
    const file = join(lab.server.home, '.jupyter/lab/user-settings/@jupyterlab/notebook-extension/tracker.jupyterlab-settings');
    assert.equal(readFileSync(file, 'utf8'), raw);

    await lab.menu(page, 'Settings', 'Settings Editor');
    await page.locator('.jp-PluginList').waitFor();
    await page.locator('.jp-PluginList-entry', { hasText: 'Notebook' }).first().waitFor();
    await lab.shot(page, 'settings-editor');
});

scenario(lab, 'the layout is restored', async page => {
    await lab.command(page, 'fileeditor:create-new');
    await page.locator('.jp-FileEditor:visible').waitFor();
    await lab.command(page, 'launcher:create');
    await page.locator('.lm-TabBar-tab', { hasText: 'untitled.txt' }).first().click();
    // The layout is saved a little after the last change.
    await eventually(async () => {
        const { data } = await lab.server.api('GET', 'lab/api/workspaces/default');
        assert.match(JSON.stringify(data['layout-restorer:data'].main.current), /untitled\.txt/);
    });
    const url = page.url();
    await page.goto(url.replace(/[?&]reset/, ''));
    await lab.ready(page);
    await page.locator('.lm-TabBar-tabLabel', { hasText: 'untitled.txt' }).first().waitFor();
    await page.locator('.jp-FileEditor:visible').waitFor();
});
