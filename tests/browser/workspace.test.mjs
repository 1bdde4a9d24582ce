// A real workspace of a real hub in a page: its panel, its meters, and another machine under a terminal that goes on.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { Lab, PATIENCE, eventually } from './lab.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const program = process.env.LABWRIGHT || join(here, '../../build/labwright');
const skip = process.getuid() !== 0 ? 'sandboxes with machines need root'
    : !existsSync(join(dirname(program), 'labwright-spawner')) ? 'labwright-spawner was not built'
        : process.env.LW_REF ? 'the reference server has no hub' : false;
const lab = new Lab();
let hub, way, browser;

before(async () => {
    if (skip) return;
    hub = spawn(process.env.LW_PYTHON || 'python3', [join(here, '../lib/serve_whole.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: hub.stdout })[Symbol.asyncIterator]();
    way = JSON.parse((await lines.next()).value);
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', headless: true,
        args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-dev-shm-usage'] });
}, { timeout: 240000 });

after(async () => {
    await browser?.close();
    if (!hub) return;
    hub.stdin.end();
    if (hub.exitCode === null) await once(hub, 'exit');
});

test('a person in a workspace', { timeout: 300000, skip }, async () => {
    const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
    const problems = [];
    page.setDefaultTimeout(PATIENCE);
    page.on('pageerror', e => problems.push(String(e)));
    page.on('response', r => { if (r.status() >= 400 && !/\/lsp\/status/.test(r.url())) problems.push(`${r.status()} ${r.url()}`); });
    try {
        await page.goto(way.enter);
        const bar = page.locator('.lw-TopBar');
        await bar.getByText('Running').waitFor();
        assert.match(await bar.locator('a').innerText(), /mnist/);
        assert.equal(await bar.locator('a').getAttribute('href'), `${way.url}/ada/workspaces/${way.id}`);
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
