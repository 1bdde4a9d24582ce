// Two tabs on one notebook: the second save is warned of the first, and a change on disk is seen.
import assert from 'node:assert/strict';
import { readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { Notebook, eventually, scenario, suite } from './lab.mjs';

const lab = suite();
const notebook = source => ({
    nbformat: 4, nbformat_minor: 5, metadata: { kernelspec: { name: 'python3', display_name: 'Python 3' } },
    cells: [{ cell_type: 'code', id: 'one', metadata: {}, execution_count: null, outputs: [], source }]
});

scenario(lab, 'two tabs and the conflict dialog', async page => {
    await lab.server.api('PUT', 'api/contents/both.ipynb', { type: 'notebook', format: 'json', content: notebook('x = 0') });
    const other = await lab.open('lab/workspaces/other', page.context());
    for (const p of [page, other]) {
        // Tabs on one kernel hear of comms that the other opened (ipywidgets asks for the widgets' states).
        p.excused.push(/Comm not found for comm id/);
        await lab.openFile(p, 'both.ipynb');
        await p.locator('.jp-NotebookPanel:visible .jp-Cell').first().waitFor();
        await lab.kernelIdle(p);
    }
    // One kernel for both.
    assert.equal((await lab.server.api('GET', 'api/sessions')).filter(s => s.path === 'both.ipynb').length, 1);

    await page.bringToFront();
    await new Notebook(page).run('x = "first tab"');
    await page.keyboard.press('Control+s');
    const file = join(lab.server.root, 'both.ipynb');
    await eventually(() => assert.match(readFileSync(file, 'utf8'), /first tab/));
    await other.bringToFront();
    const later = Date.now() / 1000 + 2; // times of files are compared with a grace of half a second
    utimesSync(file, later, later);
    const theirs = new Notebook(other);
    await theirs.cell(0).locator('.cm-content').click();
    const cell = await theirs.run('print(x, "seen by the second tab")');
    await theirs.expect(cell, /first tab seen by the second tab/);
    await other.keyboard.press('Control+s');
    const dialog = other.locator('.jp-Dialog', { hasText: /has changed on disk|newer/i });
    await dialog.waitFor();
    await lab.shot(other, 'conflict-dialog');
    assert.match(readFileSync(file, 'utf8'), /first tab/);
    await dialog.locator('button', { hasText: 'Overwrite' }).click();
    await eventually(() => assert.match(readFileSync(file, 'utf8'), /second tab/));
    assert.deepEqual(other.complaints, []);
});
