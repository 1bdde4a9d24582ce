// A real workspace of a real hub in a page: its panel, its meters, and another machine under a terminal that goes on.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Lab, PATIENCE, eventually } from './lab.mjs';
import { Whole } from './whole.mjs';

const lab = new Lab(), whole = new Whole();
before(() => whole.start(), { timeout: whole.patience });
after(() => whole.end());

test('a person in a workspace', { timeout: 300000, skip: whole.skip }, async () => {
    const page = await (await whole.browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
    const problems = [];
    page.setDefaultTimeout(PATIENCE);
    page.on('pageerror', e => problems.push(String(e)));
    page.on('response', r => { if (r.status() >= 400 && !/\/lsp\/status/.test(r.url())) problems.push(`${r.status()} ${r.url()}`); });
    try {
        await page.goto(whole.way.enter);
        const bar = page.locator('.lw-TopBar');
        await bar.getByText('Running').waitFor();
        assert.match(await bar.locator('a').innerText(), /mnist/);
        assert.equal(await bar.locator('a').getAttribute('href'), `${whole.way.url}/ada/workspaces/${whole.way.id}`);
        await page.locator('.lw-Meter-item', { hasText: /^CPU \d+%$/ }).waitFor();
        await page.locator('.jp-LauncherCard', { hasText: 'Terminal' }).first().click();
        const terminal = page.locator('.jp-Terminal .xterm-helper-textarea');
        await terminal.waitFor();
        await terminal.pressSequentially('echo $$ > ~/before; nproc\n');
        await page.locator('.lw-TopBar-machine').click();
        await page.locator('.lw-MachineMenu .lm-Menu-item', { hasText: /^CPU2/ }).click();
        const dialog = page.locator('.jp-Dialog');
        await dialog.getByText('Nothing is lost').waitFor();
        await dialog.getByRole('button', { name: 'Switch' }).click();
        await page.locator('.Toastify__toast', { hasText: 'Everything went on running' }).waitFor();
        await eventually(async () => assert.equal(await bar.locator('.lw-TopBar-machine').innerText(), 'cpu2'));
        await terminal.pressSequentially('test $$ = $(cat ~/before) && touch ~/the-same-shell\n');
        await page.locator('.jp-DirListing-item', { hasText: 'the-same-shell' }).waitFor();
        assert.deepEqual(problems, []);
    } catch (e) {
        await lab.shot(page, 'failed-workspace').catch(() => {});
        e.message += `\nproblems: ${problems.join('\n')}`;
        throw e;
    }
});
