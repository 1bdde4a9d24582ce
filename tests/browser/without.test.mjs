// Another client than ours: stock JupyterLab, our extension switched off.  The document on disk is right all the same.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, scenario, suite } from './lab.mjs';
import { COUNT, assertNumbers, running } from './recovery.mjs';

const skip = process.env.LW_REF ? 'the reference server records no outputs' : false;
const lab = suite();

/** PAGE without our extension, by the page_config.json that an administrator writes. */
async function withoutOurs (page) {
    const folder = join(lab.server.home, '.jupyter/labconfig');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'page_config.json'), '{"disabledExtensions": {"@labwright/lab": true}}');
    await lab.reload(page);
    assert.equal(await page.evaluate(() => window.jupyterapp.hasPlugin('@labwright/lab:output-recovery')), false);
    page.excused.push(/Comm not found for comm id/); // stock Lab's word on a comm of the page before
}

scenario(lab, 'stock Lab: a tab is closed, the cell ends, the notebook is opened again', async page => {
    await withoutOurs(page);
    const tab = await lab.open('lab/workspaces/other', page.context());
    const nb = await running(lab, tab, 'stock.ipynb', [COUNT(60), '6 * 7']);
    await nb.printed(0, /\b5\b/);
    await tab.close();
    await eventually(() => assert.deepEqual(nb.disk().map(c => c.execution_count), [1, 2]));
    assertNumbers(nb.diskText(0), 60);
    const again = await nb.open(page);
    await again.ended(1, 2);
    assertNumbers(await again.text(0), 60);
    assert.equal((await again.cell(1)).outputs[0].data['text/plain'], '42');
    await lab.kernelIdle(page);
    await lab.shot(page, 'stock-opened-again');
}, { skip });

scenario(lab, 'stock Lab: its save after a reload erases nothing', async page => {
    await withoutOurs(page);
    const nb = await running(lab, page, 'stock-reload.ipynb', [COUNT(60), '6 * 7']);
    await nb.printed(0, /\b5\b/);
    await lab.reload(page);
    await page.locator('.jp-NotebookPanel:visible .jp-Cell').first().waitFor();
    await eventually(() => assert.deepEqual(nb.disk().map(c => c.execution_count), [1, 2]));
    // The page has nothing of this, and is not asked whether it may save.
    await lab.command(page, 'docmanager:save');
    assert.deepEqual(nb.disk().map(c => c.execution_count), [1, 2]);
    assertNumbers(nb.diskText(0), 60);
    assert.equal(await page.locator('.jp-Dialog').count(), 0);
    await lab.reload(page);
    await nb.ended(1, 2);
    assertNumbers(await nb.text(0), 60);
}, { skip });
