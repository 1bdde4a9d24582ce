// page_load.mjs COUNT URL... - cold loads of each URL in turn: [[{ ms, bytes }, …], …] for the URLs as JSON
//
// Cold: each load has a profile of its own.  The time ends when the launcher shows; the bytes are those of
// heads and bodies as they came over the wire, until then.
import { createRequire } from 'node:module';

const { chromium } = createRequire(new URL('../browser/package.json', import.meta.url))('playwright-core');
const [count, ...urls] = process.argv.slice(2);

async function load (browser, url) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    let bytes = 0;
    await session.send('Network.enable');
    session.on('Network.loadingFinished', e => { bytes += e.encodedDataLength; });
    const began = performance.now();
    await page.goto(url, { waitUntil: 'commit' });
    await page.locator('.jp-Launcher:visible').first().waitFor({ timeout: 60000 });
    await page.locator('#jupyterlab-splash').waitFor({ state: 'detached' });
    const ms = performance.now() - began;
    await page.waitForLoadState('networkidle');
    await context.close();
    return { ms, bytes };
}

const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium', headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-dev-shm-usage',
        '--disable-background-networking', '--disable-component-update', '--disable-sync']
});
const loads = urls.map(() => []);
for (let i = 0; i < Number(count); i++)
    for (const [k, url] of urls.entries())
        loads[k].push(await load(browser, url));
await browser.close();
console.log(JSON.stringify(loads));
