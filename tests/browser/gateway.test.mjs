// JupyterLab as it is, through the hub's gateway: the page, a kernel, a terminal, saving, and a server that dies.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { Helper } from './helper.mjs';
import { Lab, PATIENCE, isRef } from './lab.mjs';

const skip = isRef && 'the reference server has no hub';
const lab = new Lab();
let hub, browser;

before(async () => {
    if (skip) return;
    hub = await Helper.start('labs_hub.py');
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', headless: true,
        args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
});

after(async () => {
    await browser?.close();
    await hub?.end();
});

test('JupyterLab through the gateway', { timeout: 240000, skip }, async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage(), complaints = [];
    page.setDefaultTimeout(PATIENCE);
    page.on('pageerror', error => complaints.push(String(error)));
    page.on('console', message => /Content Security Policy|Refused to/.test(message.text()) && complaints.push(message.text()));
    page.on('response', r => {
        if (r.status() >= 400 && r.status() !== 503 && !/lsp\/status/.test(r.url()))
            complaints.push(`${r.request().method()} ${r.url()}: ${r.status()}`);
    });
    const { url } = await hub.tell('create', 'one');
    await hub.tell('jupyter', 'one');
    await page.goto(url);
    await lab.ready(page);
    assert.match(page.url(), /^http:\/\/127\.0\.0\.1:\d+\/notebooks\/run_\w+\/lab/);
    await page.locator('.jp-Launcher:visible').first().waitFor();
    const notebook = await lab.notebook(page);
    const cell = await notebook.run('import os; x = os.getpid(); print(6 * 7)');
    assert.match(await cell.locator('.jp-OutputArea').textContent(), /42/);
    await page.evaluate(() => window.jupyterapp.shell.currentWidget.context.save());

    // the server dies; the kernel was not its child, and the page comes back by itself
    await hub.tell('kill', 'one');
    const again = await notebook.run('print(x == os.getpid())');
    assert.match(await again.locator('.jp-OutputArea').textContent(), /True/);
    await lab.shot(page, 'gateway-lab');

    await lab.command(page, 'terminal:create-new');
    const terminal = page.locator('.jp-Terminal:visible');
    await terminal.click();
    await page.waitForFunction(() => window.jupyterapp.shell.currentWidget?.content?.session?.connectionStatus === 'connected');
    await page.keyboard.type('echo $((40+2))x > here\n');
    await page.waitForFunction(async () => (await fetch(document.baseURI.replace(/lab.*/, '') + 'api/contents/here')).ok);
    assert.deepEqual(complaints, []);
    await context.close();
});
