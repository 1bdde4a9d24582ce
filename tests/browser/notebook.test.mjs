// A notebook from the launcher: every kind of output, then save, rename, reload and checkpoint.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Notebook, eventually, scenario, suite } from './lab.mjs';

const lab = suite();

scenario(lab, 'outputs: stream, picture, error, input, progress bar', async page => {
    await lab.shot(page, 'launcher');
    const nb = await lab.notebook(page);

    let cell = await nb.run('import sys\nprint("to stdout")\nprint("to stderr", file=sys.stderr)\n6 * 7');
    const text = type => cell.locator(`[data-mime-type="application/vnd.jupyter.${type}"]`).innerText();
    assert.equal((await text('stdout')).trim(), 'to stdout');
    assert.equal((await text('stderr')).trim(), 'to stderr');
    assert.equal((await cell.locator('.jp-OutputArea-executeResult').innerText()).replace(/\s+/g, ' ').trim(), '[1]: 42');

    cell = await nb.run('%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 3, 2])\nplt.show()');
    const width = await cell.locator('.jp-RenderedImage img').evaluate(img => img.naturalWidth);
    assert.ok(width > 100, `picture of ${width} pixels`);

    cell = await nb.run('def f():\n    return 1 / 0\nf()');
    const error = cell.locator('[data-mime-type="application/vnd.jupyter.stderr"]');
    assert.match(await error.innerText(), /ZeroDivisionError: division by zero/);
    assert.ok(await error.locator('.ansi-red-fg').count() > 0, 'the traceback is coloured');

    cell = await nb.submit('name = input("Who? ")\nprint("hello", name)');
    const field = cell.locator('.jp-Stdin-input');
    await field.waitFor();
    await lab.shot(page, 'notebook-input');
    await field.fill('Ada');
    await field.press('Enter');
    await nb.ran(cell);
    await nb.expect(cell, /hello Ada/);
    await nb.cell(4).locator('.cm-content').click(); // the question had taken the focus

    cell = await nb.run('import time\nfor i in range(1, 21):\n    print(f"\\r{i}/20 " + "#" * i, end="", flush=True)\n    time.sleep(0.02)');
    await nb.expect(cell, /^20\/20 #{20}\s*$/);

    cell = await nb.run('from IPython.display import clear_output, display, HTML, Markdown\nh = display(HTML("<b>one</b>"), display_id=True)\n'
        + 'h.update(HTML("<b id=second>two</b>"))\ndisplay(Markdown("*leaning*"))');
    assert.equal(await cell.locator('b#second').innerText(), 'two');
    assert.equal(await cell.locator('em').innerText(), 'leaning');
    await lab.shot(page, 'notebook-outputs');
});

scenario(lab, 'an ipywidgets slider moves the kernel', async page => {
    const nb = await lab.notebook(page);
    const cell = await nb.run('import ipywidgets as w\ns = w.IntSlider(value=3, max=10, description="n")\n'
        + 'l = w.Label()\ns.observe(lambda c: setattr(l, "value", f"square {c.new ** 2}"), "value")\ndisplay(s, l)');
    const handle = cell.locator('.noUi-handle');
    await handle.waitFor();
    await handle.focus();
    for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowRight');
    await cell.locator('.widget-label', { hasText: 'square 49' }).waitFor();
    await nb.cell(1).locator('.cm-content').click();
    const value = await nb.run('s.value');
    await nb.expect(value, /7/);
    await lab.shot(page, 'notebook-slider');
});

scenario(lab, 'save, rename, reload, checkpoint restore', async page => {
    // JupyterLab itself asks once more for the old name after a rename, of any server.
    page.excused.push(/\/api\/contents\/(Untitled\d*|travels)\.ipynb\?content=0/);
    const nb = await lab.notebook(page);
    await nb.run('x = 41\nprint("first version")');

    // The first save of an untitled notebook asks for its name.
    await page.keyboard.press('Control+s');
    const dialog = lab.dialog(page, 'Rename');
    await dialog.locator('input').first().fill('travels.ipynb');
    await dialog.locator('.jp-mod-accept').click();
    await page.locator('.lm-TabBar-tab.jp-mod-current', { hasText: 'travels.ipynb' }).first().waitFor();
    const file = join(lab.server.root, 'travels.ipynb');
    await eventually(() => assert.match(readFileSync(file, 'utf8'), /first version/));
    assert.deepEqual((await lab.server.api('GET', 'api/sessions')).filter(s => s.path === 'travels.ipynb').length, 1);

    // Rename once more, by the menu.
    await lab.menu(page, 'File', 'Rename Notebook');
    const again = lab.dialog(page, 'Rename File');
    await again.locator('input').first().fill('voyage.ipynb');
    await again.locator('.jp-mod-accept').click();
    await page.locator('.lm-TabBar-tab.jp-mod-current', { hasText: 'voyage.ipynb' }).first().waitFor();

    // Reload: the document is back with its output, and on the same kernel.
    await lab.reload(page);
    await page.locator('.jp-NotebookPanel:visible .jp-Cell').first().waitFor();
    await lab.kernelIdle(page);
    const back = new Notebook(page);
    await back.expect(back.cell(0), /first version/);
    await back.cell(1).locator('.cm-content').click();
    let cell = await back.run('x + 1');
    await back.expect(cell, /42/);

    // A second version, saved without a checkpoint, then back to the checkpoint of the first save.
    await page.evaluate(async () => {
        const panel = window.jupyterapp.shell.currentWidget;
        await panel.context.createCheckpoint();
        panel.content.widgets[0].model.sharedModel.setSource('x = "second version"');
        await panel.context.save();
    });
    assert.match(readFileSync(join(lab.server.root, 'voyage.ipynb'), 'utf8'), /second version/);
    await lab.menu(page, 'File', 'Revert Notebook to Checkpoint');
    const revert = page.locator('.jp-Dialog', { hasText: /[Rr]evert/ });
    await revert.locator('.jp-mod-accept').click();
    await eventually(async () => assert.match(await back.cell(0).locator('.cm-content').innerText(), /first version/));
    assert.match(readFileSync(join(lab.server.root, 'voyage.ipynb'), 'utf8'), /x = 41/);
    await lab.shot(page, 'notebook-reverted');
});
