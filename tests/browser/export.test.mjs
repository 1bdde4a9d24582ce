// Export to HTML and to a script, and shutting the server down from the menu.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { eventually, scenario, suite } from './lab.mjs';

const lab = suite();
const content = {
    nbformat: 4, nbformat_minor: 5, metadata: { kernelspec: { name: 'python3', display_name: 'Python 3', language: 'python' }, language_info: { name: 'python', file_extension: '.py' } },
    cells: [{ cell_type: 'markdown', id: 'm', metadata: {}, source: '# Report' },
        { cell_type: 'code', id: 'c', metadata: {}, execution_count: 1, outputs: [{ output_type: 'stream', name: 'stdout', text: 'the result\n' }], source: 'print("the result")' }]
};

scenario(lab, 'export', async page => {
    await lab.server.api('PUT', 'api/contents/report.ipynb', { type: 'notebook', format: 'json', content });
    await lab.server.api('GET', 'api/nbconvert'); // the menu is filled when the formats are known
    await lab.openFile(page, 'report.ipynb');
    await page.locator('.jp-NotebookPanel:visible .jp-Cell').first().waitFor();
    await lab.kernelIdle(page);
    for (const [label, name, what] of [[/^HTML/, 'report.html', /Report[\s\S]*the result/], [/^Executable Script/, 'report.py', /print\("the result"\)/]]) {
        // The export opens in a tab of its own, which becomes the download.
        const coming = new Promise(ok => {
            page.once('download', ok);
            page.context().once('page', p => p.once('download', ok));
        });
        await page.evaluate(() => window.jupyterapp.serviceManager.nbconvert.getExportFormats(false));
        await lab.menu(page, 'File', 'Save and Export Notebook As', label);
        if (name === 'report.html') await lab.accept(page, 'Export as HTML');
        const download = await coming;
        assert.equal(download.suggestedFilename(), name);
        assert.match(readFileSync(await download.path(), 'utf8'), what);
    }
});

scenario(lab, 'shut down', async page => {
    page.excused.push(/./); // the server goes: every poll fails from here on
    await lab.menu(page, 'File', /^Shut Down$/);
    await page.locator('.jp-Dialog', { hasText: 'Shut down' }).locator('.jp-mod-accept').click();
    await page.getByText(/[Ss]erver stopped/).first().waitFor();
    await lab.shot(page, 'shut-down');
    await eventually(async () => assert.deepEqual((await lab.server.do('pids')).pids, []));
});
