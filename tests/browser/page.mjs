// page.mjs - pages of the dashboard that a test opens and looks at
//
//     const problems = [];                               what a page threw or its policy refused
//     const page = await openPage(browser, url, problems, { storageState });
//     await look(page, 'dash-users');                    nothing sticks out; with LW_SHOTS four pictures
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PATIENCE } from './lab.mjs';

export async function openPage (browser, url, problems, options = {}) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: 'light', ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    page.on('pageerror', error => problems.push(String(error)));
    page.on('console', message => /Content Security Policy|Trusted/.test(message.text()) && problems.push(message.text()));
    await page.goto(url);
    return page;
}

/** Nothing sticks out at either width, in either look. */
export async function look (page, name) {
    for (const colorScheme of ['light', 'dark'])
        for (const width of [1280, 800]) {
            await page.emulateMedia({ colorScheme });
            await page.setViewportSize({ width, height: 800 });
            const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
            assert.ok(over <= 0, `${name} at ${width} pixels is ${over} pixels too wide`);
            if (!process.env.LW_SHOTS) continue;
            mkdirSync(process.env.LW_SHOTS, { recursive: true });
            await page.screenshot({ path: join(process.env.LW_SHOTS, `${name}-${colorScheme}-${width}.png`), animations: 'disabled' });
        }
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 1280, height: 800 });
}
