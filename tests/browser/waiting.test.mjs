// The waiting page of a workspace: queue, start, failure, resumption, and on to what was asked for.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { Helper } from './helper.mjs';
import { PATIENCE, isRef } from './lab.mjs';

const skip = isRef && 'the reference server has no hub';
let hub, browser;
const tell = (...words) => hub.tell(...words);

before(async () => {
    if (skip) return;
    hub = await Helper.start('labs_hub.py');
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', headless: true,
        args: ['--no-sandbox'] });
});

after(async () => {
    await browser?.close();
    await hub?.end();
});

// A page with a fresh profile, what it complained of, and a camera.
async function open (look, width) {
    const context = await browser.newContext({ colorScheme: look, viewport: { width, height: 700 } });
    const page = await context.newPage(), problems = [];
    page.setDefaultTimeout(PATIENCE);
    page.on('pageerror', error => problems.push(String(error)));
    page.on('console', message => /Content Security Policy/.test(message.text()) && problems.push(message.text()));
    const shot = async name => {
        if (!process.env.LW_SHOTS) return;
        mkdirSync(process.env.LW_SHOTS, { recursive: true });
        await page.screenshot({ path: join(process.env.LW_SHOTS, `waiting-${name}-${look}.png`) });
    };
    return { context, page, problems, shot };
}

for (const [look, width] of [['light', 1280], ['dark', 800]])
    test(`a workspace is waited for, ${look}`, { timeout: 240000, skip }, async () => {
        const { context, page, problems, shot } = await open(look, width), [one, two] = [`one-${look}`, `two-${look}`];
        try {
            await tell('create', one);
            const { url } = await tell('create', two);
            await page.goto(url);
            await page.getByRole('heading', { name: two }).waitFor();
            const now = page.locator('li[aria-current]'), status = page.getByRole('status');
            await page.getByText('are in use (1 of 1); next in the queue').waitFor();
            assert.equal(await now.textContent(), 'Allocating machine');
            assert.match(page.url(), /\/notebooks\/run_\w+\/lab$/, 'at the address that was asked for');
            await shot('queued');
            await tell('slow', 3);
            await tell('stop', one);
            await page.getByText('a few seconds').waitFor();
            await shot('starting');
            await tell('serve', two);
            await page.getByText(`"path": "${new URL(page.url()).pathname}"`).waitFor();
            await tell('slow', 0);

            // stopped: who comes back resumes it; what cannot be started says why, and can be tried again
            await tell('stop', two);
            await tell('refuse', 'The disk of this machine is full: ask its administrator to make room');
            await page.reload();
            await page.getByText('The disk of this machine is full').waitFor();
            const again = page.getByRole('button', { name: 'Try again' });
            await again.waitFor();
            assert.equal(await page.locator('ol').isVisible(), false);
            await shot('failed');
            assert.equal(await status.getAttribute('class'), 'bad');
            await tell('refuse', '');
            await page.keyboard.press('Tab');
            assert.ok(await again.evaluate(button => button === document.activeElement), 'the button is the first stop');
            await page.keyboard.press('Enter');
            await page.getByText('"path"').waitFor();
            await tell('stop', two);
            await page.reload();
            await page.getByText('"path"').waitFor();
            assert.deepEqual(problems, []);
        } finally {
            await context.close();
            await tell('stop', two).catch(() => {});
        }
    });
