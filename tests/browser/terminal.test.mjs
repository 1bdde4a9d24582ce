// A terminal: a shell, vim in it, a resize, and the same shell again after a reload.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, scenario, suite } from './lab.mjs';

const lab = suite();

// The screen as text, from xterm's own buffer (it draws on a canvas).
const screen = page => page.evaluate(() => {
    const buffer = window.jupyterapp.shell.currentWidget.content._term.buffer.active;
    return Array.from({ length: buffer.length }, (_, i) => buffer.getLine(i)?.translateToString(true) ?? '').join('\n');
});
const shows = (page, what) => eventually(async () => assert.match(await screen(page), what));
const size = page => page.evaluate(() => {
    const term = window.jupyterapp.shell.currentWidget.content._term;
    return `${term.rows} ${term.cols}`;
});
// Keys as a person types them, and Enter.
async function enter (page, text) {
    await page.keyboard.type(text);
    await page.keyboard.press('Enter');
}

scenario(lab, 'a shell that lives on, vim in it, and a resize', async page => {
    await lab.launch(page, 'Terminal', 'Other');
    await page.locator('.jp-Terminal .xterm-screen').waitFor();
    await page.locator('.jp-Terminal').click();
    await enter(page, 'PS1="ready> "; echo $((40+2))');
    await shows(page, /^42$/m);

    // A shell lives on while nobody looks, and shows what it showed.
    await enter(page, 'clear; kept=alive; (sleep 1; echo later-$((1+1))) &');
    await lab.reload(page);
    await page.locator('.jp-Terminal .xterm-screen').waitFor();
    await shows(page, /later-2/);
    await page.locator('.jp-Terminal').click();
    await enter(page, 'echo $kept-still');
    await shows(page, /^alive-still$/m);
    await lab.shot(page, 'terminal-again');

    await enter(page, 'vi note.txt');
    await shows(page, /^~ *$/m);
    await page.keyboard.type('ihello from vi: äöü');
    await page.keyboard.press('Escape');
    await shows(page, /hello from vi: äöü/);
    await lab.shot(page, 'terminal-vi');
    await enter(page, ':wq');
    const file = join(lab.server.root, 'note.txt');
    await eventually(() => assert.ok(existsSync(file)));
    assert.equal(readFileSync(file, 'utf8'), 'hello from vi: äöü\n');

    await enter(page, 'clear; stty size');
    const before = await size(page);
    await shows(page, new RegExp(`^${before}$`, 'm'));
    await page.setViewportSize({ width: 900, height: 500 });
    await eventually(async () => assert.notEqual(await size(page), before));
    await eventually(async () => { // the terminal hears of it a little later
        await enter(page, 'clear; stty size');
        assert.match(await screen(page), new RegExp(`^${await size(page)}$`, 'm'));
    });

    // `exit` closes the tab's terminal and the server forgets it.
    await enter(page, 'exit');
    await eventually(async () => assert.deepEqual(await lab.server.api('GET', 'api/terminals'), []));
});

scenario(lab, 'a flood of output leaves the page alive', async page => {
    await lab.launch(page, 'Terminal', 'Other');
    await page.locator('.jp-Terminal .xterm-screen').waitFor();
    await page.locator('.jp-Terminal').click();
    await enter(page, 'seq 1 200000; echo the-$((2*3))-end');
    await shows(page, /^the-6-end$/m);
    assert.match(await screen(page), /^200000$/m);
});
