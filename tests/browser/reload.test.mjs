// The page is loaded anew while cells run: everything printed is there, and it goes on.
import assert from 'node:assert/strict';
import { eventually, scenario, suite } from './lab.mjs';
import { COUNT, NUMBERS, assertNumbers, running } from './recovery.mjs';

const skip = process.env.LW_REF ? 'the reference server records no outputs' : false;
const lab = suite();

scenario(lab, 'a cell that prints, and one that waits behind it', async page => {
    const nb = await running(lab, page, 'print.ipynb', [COUNT(120), 'print("after", i)\n6 * 7']);
    await nb.printed(0, /\b12\b/);
    await lab.reload(page);
    await nb.printed(0, /\b13\b/);
    await nb.isRunning(0);
    await nb.isRunning(1);
    assert.match((await nb.cell(0)).prompt, /\[\*\]/);
    await lab.shot(page, 'reload-while-printing');
    await lab.reload(page);
    await nb.ended(0, 1);
    await nb.ended(1, 2);
    assertNumbers(await nb.text(0), 120);
    assert.equal((await nb.seen(0)).trim(), NUMBERS(120).trim());
    assert.equal(await nb.text(1), 'after 119\n');
    assert.equal((await nb.cell(1)).outputs.at(-1).data['text/plain'], '42');
    // What the page saves is what it shows.
    await page.keyboard.press('Control+s');
    await eventually(() => assert.deepEqual(nb.disk().map(c => c.execution_count), [1, 2]));
    assertNumbers(nb.diskText(0), 120);
    // And the notebook works on.
    await lab.kernelIdle(page);
    await lab.command(page, 'notebook:run-all-cells');
    await nb.ended(1, 4);
    assertNumbers(await nb.text(0), 120);
}, { skip });

scenario(lab, 'progress bars: \\r, display_id, clear_output', async page => {
    // Stock Lab's word on an answer to a comm that the page before the reload had opened.
    page.excused.push(/Comm not found for comm id/);
    const nb = await running(lab, page, 'progress.ipynb', [
        `import time, sys\nfor i in range(101):\n    sys.stderr.write(f"\\r{i:3}%|{'#' * (i // 10):10}|"); sys.stderr.flush()\n    time.sleep(0.05)\n`
            + 'print("first"); sys.stdout.write("50 of 100\\r"); sys.stdout.flush()\n'
            + 'import os\nwhile not os.path.exists("go"): time.sleep(0.02)\nprint("99")',
        'from IPython.display import display\nh = display("0 steps", display_id=True)\nfor i in range(60):\n    h.update(f"{i} steps"); time.sleep(0.05)',
        'from IPython.display import clear_output\nfor i in range(60):\n    clear_output(wait=True); print("frame", i); time.sleep(0.05)',
        'h.update("from another cell")'
    ]);
    await nb.printed(0, /\b\d+%\|#/);
    await lab.reload(page);
    await eventually(async () => assert.match(await nb.text(0), /50 of 100/));
    await lab.server.api('PUT', 'api/contents/go', { type: 'file', format: 'text', content: '' });
    await lab.reload(page);
    await nb.printed(1, /\d+ steps/);
    await lab.reload(page);
    await nb.printed(2, /frame \d/);
    await lab.shot(page, 'reload-progress');
    await lab.reload(page);
    await nb.ended(3, 4);
    assert.equal(await nb.text(0, 'stderr'), '100%|##########|');
    assert.equal(await nb.text(0), 'first\n99 of 100\n');
    assert.equal(await nb.text(2), 'frame 59\n');
    await nb.printed(1, /^'from another cell'$/);
    assert.equal((await nb.cell(1)).outputs.length, 1);
}, { skip });

scenario(lab, 'a question that waits, and the next one', async page => {
    const nb = await running(lab, page, 'question.ipynb', ['name = input("name? ")\nage = input("age? ")\nprint(name, age)']);
    const box = page.locator('.jp-NotebookPanel:visible .jp-Stdin-input');
    await box.waitFor();
    await lab.reload(page);
    for (const [prompt, answer] of [['name?', 'Ada'], ['age?', '36']]) {
        await page.locator('.jp-Stdin', { hasText: prompt }).locator('.jp-Stdin-input').waitFor();
        if (prompt === 'name?') await lab.shot(page, 'reload-question');
        await page.locator('.jp-Stdin', { hasText: prompt }).locator('.jp-Stdin-input').last().fill(answer);
        await page.keyboard.press('Enter');
    }
    await nb.ended(0, 1);
    assert.match(await nb.text(0), /Ada 36\n/);
}, { skip });

scenario(lab, 'widgets: a slider, a bar that moves, text in an Output', async page => {
    const nb = await running(lab, page, 'widgets.ipynb', [
        'import ipywidgets as w, time\ns = w.IntSlider(value=3, max=10); s',
        'out = w.Output()\ndisplay(out)\nwith out:\n    print("inside")',
        'bar = w.IntProgress(max=60)\ndisplay(bar)\nfor i in range(60):\n    bar.value = i; print(i, flush=True); time.sleep(0.1)',
        's.value'
    ]);
    await nb.printed(2, /\b3\b/);
    await lab.reload(page);
    await nb.ended(3, 4);
    assertNumbers(await nb.text(2), 60);
    await lab.kernelIdle(page);
    const handle = page.locator('.jp-NotebookPanel:visible .noUi-handle').first();
    await handle.waitFor();
    await page.locator('.jp-NotebookPanel:visible .widget-output', { hasText: 'inside' }).waitFor();
    await page.locator('.jp-NotebookPanel:visible .progress-bar').first().waitFor();
    assert.doesNotMatch(await nb.text(1), /inside/); // it is the widget's, not the cell's as well
    await handle.press('ArrowRight');
    await page.locator('.jp-NotebookPanel:visible .jp-Cell[data-windowed-list-index="3"] .cm-content').click();
    await page.keyboard.press('Control+Enter');
    await nb.ended(3, 5);
    assert.equal((await nb.cell(3)).outputs[0].data['text/plain'], '4');
    await handle.scrollIntoViewIfNeeded();
    await lab.shot(page, 'reload-widgets');
}, { skip });

scenario(lab, 'interrupted after the reload; and run again', async page => {
    const nb = await running(lab, page, 'interrupt.ipynb', [COUNT(100000), 'print("never")']);
    await nb.printed(0, /\b3\b/);
    await lab.reload(page);
    await nb.isRunning(1);
    await lab.command(page, 'notebook:interrupt-kernel');
    await nb.ended(0, 1);
    await nb.ended(1, null);
    assert.match(JSON.stringify((await nb.cell(0)).outputs.at(-1)), /KeyboardInterrupt/);
    assert.equal((await nb.cell(1)).outputs.length, 0);
}, { skip });
