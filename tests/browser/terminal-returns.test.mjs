// vim in a terminal of real JupyterLab: the page is loaded anew, the server killed, a second page looks on.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, scenario, suite } from './lab.mjs';
import { outage } from './recovery.mjs';

const skip = process.env.LW_REF ? 'the reference server replays history' : false;
const lab = suite({ environ: { LC_ALL: 'C.UTF-8' } });
const WITHIN_MS = Number(process.env.LW_WITHIN_MS || Infinity);

// All that a person sees, from xterm itself (it draws on a canvas), and what keys would do.
const screen = page => page.evaluate(() => {
    const term = window.jupyterapp.shell.currentWidget.content._term, buffer = term.buffer.active;
    const lines = Array.from({ length: term.rows }, (_, i) => buffer.getLine(buffer.baseY + i)?.translateToString(true) ?? '');
    return {
        lines, cursor: [buffer.cursorX, buffer.cursorY], screen: buffer.type, size: [term.rows, term.cols],
        keys: [term.modes.applicationCursorKeysMode, term.modes.bracketedPasteMode, term.modes.mouseTrackingMode]
    };
});
const shows = (page, what) => eventually(async () => assert.match((await screen(page)).lines.join('\n'), what));
const showsAgain = (page, before) => eventually(async () => assert.deepEqual(await screen(page), before));
const status = (page, is) => page.waitForFunction(is =>
    (window.jupyterapp.shell.currentWidget.content.session.connectionStatus === 'connected') === is, is);

async function enter (page, text) {
    await page.keyboard.type(text);
    await page.keyboard.press('Enter');
}

async function focus (page) {
    await page.locator('.jp-Terminal:visible .xterm-screen').waitFor();
    await page.locator('.jp-Terminal:visible').click();
}

/** A shell that was asked what shells and programs ask, then vim with TEXT in NAME. */
async function vim (page, name, text) {
    await lab.launch(page, 'Terminal', 'Other');
    await focus(page);
    await enter(page, 'PS1="$ " exec bash --norc --noprofile');
    await enter(page, "printf '\\033[6n\\033[c'; IFS= read -rsdc answer; seq 100; echo rea''dy");
    await shows(page, /^ready$/m);
    await enter(page, `vi -N -u NONE ${name}`); // also says what mode it is in where it is vim-tiny
    await shows(page, /^~ *$/m);
    await page.keyboard.type(`i${text}`);
    await shows(page, new RegExp(text.split('\n').at(-1)));
}

/** Leave vim; the file is as typed, and nobody has typed anything into the shell. */
async function leave (page, name, text) {
    await page.keyboard.press('Escape');
    await enter(page, ':wq');
    const file = join(lab.server.root, name);
    await eventually(() => assert.ok(existsSync(file)));
    await eventually(() => assert.equal(readFileSync(file, 'utf8'), text));
    await eventually(async () => assert.equal((await screen(page)).screen, 'normal'));
    await enter(page, 'echo "still"-here');
    await shows(page, /\$ echo "still"-here\nstill-here\n\$/);
    assert.match((await screen(page)).lines.join('\n'), /\n99\n100\nready\n\$ vi -N /);
}

scenario(lab, 'vim as it was after a reload and after the server was killed', async page => {
    page.excused.push(...outage);
    await vim(page, 'note.txt', 'Grüße, 世界\nsecond line');
    const before = await screen(page);
    await lab.shot(page, 'vim-before');
    await lab.reload(page);
    await focus(page);
    await showsAgain(page, before);
    await lab.shot(page, 'vim-after-reload');
    await page.keyboard.type(' and more');
    await shows(page, /second line and more/);

    await lab.server.do('kill9');
    await status(page, false);
    await page.keyboard.type(', typed while there was no server');
    const began = Date.now();
    await lab.server.do('start');
    await shows(page, /second line and more, typed while there was no server/);
    const ms = Date.now() - began;
    console.log(`# vim, with what was typed, ${ms} ms after the start of the next server`);
    assert.ok(ms < WITHIN_MS);
    await status(page, true);
    await lab.shot(page, 'vim-after-kill');
    await leave(page, 'note.txt', 'Grüße, 世界\nsecond line and more, typed while there was no server\n');
    await lab.shot(page, 'shell-after-vim');
}, { skip });

scenario(lab, 'two pages of different sizes, and the server is killed', async page => {
    page.excused.push(...outage);
    await vim(page, 'two.txt', 'seen by two');
    const large = (await screen(page)).size;
    const name = await page.evaluate(() => window.jupyterapp.shell.currentWidget.content.session.name);
    const context = await lab.browser.newContext({ viewport: { width: 800, height: 500 } });
    try {
        const other = await lab.open('lab', context);
        other.excused.push(...outage);
        await lab.command(other, 'terminal:open', { name });
        await focus(other);
        await shows(other, /^seen by two/m);
        const small = (await screen(other)).size;
        assert.ok(small[0] < large[0] && small[1] < large[1]);
        // vim has the size that both can show: its last row, which says what it does, too.
        for (const p of [page, other])
            await eventually(async () => assert.match((await screen(p)).lines[small[0] - 1], /INSERT/));
        await lab.shot(other, 'vim-small');
        await lab.shot(page, 'vim-large-with-small');
        await lab.server.do('kill9');
        for (const p of [page, other]) await status(p, false);
        await lab.server.do('start');
        for (const p of [page, other]) await status(p, true);
        await other.keyboard.type(', one types');
        for (const p of [page, other]) {
            await shows(p, /^seen by two, one types$/m);
            await eventually(async () => assert.match((await screen(p)).lines[small[0] - 1], /INSERT/));
        }
        await lab.shot(other, 'vim-small-after-kill');
        await other.close();
    } finally {
        await context.close();
    }
    // Alone again, with all rows.
    await eventually(async () => assert.match((await screen(page)).lines[large[0] - 1], /INSERT/));
    await focus(page);
    await leave(page, 'two.txt', 'seen by two, one types\n');
}, { skip });
