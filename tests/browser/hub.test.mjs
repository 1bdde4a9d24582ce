// The hub's plain pages, where the dashboard was not built: the first admin is set up, logs out and in again, makes a
// project and an API key.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { PATIENCE, isRef } from './lab.mjs';

const program = process.env.LABWRIGHT || new URL('../../build/labwright', import.meta.url).pathname;
const PASSWORD = 'correct horse battery';
const skip = isRef && 'the reference server has no hub';
let hub, browser, dir, printed = '';

before(async () => {
    if (skip) return;
    dir = mkdtempSync(join(tmpdir(), 'lwhub-'));
    chmodSync(dir, 0o711); // a hub that root starts is another uid's
    mkdirSync(join(dir, 'build'));
    copyFileSync(program, join(dir, 'build/labwright'));
    cpSync(new URL('../../data/static', import.meta.url).pathname, join(dir, 'data/static'),
        { recursive: true, filter: from => !from.endsWith('/dashboard') });
    hub = spawn(join(dir, 'build/labwright'), ['serve', '--hub', '--state', join(dir, 'state'), '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const text of hub.stdout) {
        printed += text;
        if (/setup\?token=\w+\n/.test(printed)) break;
    }
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', headless: true,
        args: ['--no-sandbox'] });
});

after(async () => {
    await browser?.close();
    if (hub && hub.exitCode === null) {
        hub.kill('SIGKILL');
        await once(hub, 'exit');
    }
    if (dir) rmSync(dir, { recursive: true, force: true });
});

for (const [look, colorScheme, width] of [['light', 'light', 1280], ['dark', 'dark', 800]])
    test(`set-up, login, a project and a key, ${look}`, { timeout: 240000, skip }, async () => {
        const url = printed.match(/is at (\S+)\//)[1], context = await browser.newContext({ colorScheme,
            viewport: { width, height: 800 } });
        const page = await context.newPage(), problems = [];
        page.setDefaultTimeout(PATIENCE);
        page.on('pageerror', error => problems.push(String(error)));
        page.on('console', message => /Content Security Policy/.test(message.text()) && problems.push(message.text()));
        const shot = async name => {
            if (!process.env.LW_SHOTS) return;
            mkdirSync(process.env.LW_SHOTS, { recursive: true });
            await page.screenshot({ path: join(process.env.LW_SHOTS, `hub-${name}-${look}.png`) });
        };
        try {
            if (look === 'light') {
                await page.goto(printed.match(/\S+setup\?token=\w+/)[0]);
                await page.getByLabel('Name').fill('root');
                await page.getByLabel('Password').fill(PASSWORD);
                await shot('setup');
                await page.keyboard.press('Enter');
                await page.getByRole('heading', { name: 'Projects' }).waitFor();
                await page.getByRole('button', { name: 'Log out' }).click();
            } else {
                await page.goto(`${url}/?project`); // who is not logged in comes back to where he wanted to go
            }
            await page.getByRole('heading', { name: 'Log in' }).waitFor();
            await page.getByLabel('Name').fill('root');
            await page.getByLabel('Password').fill('not the password');
            await page.keyboard.press('Enter');
            await page.getByText('do not belong together').waitFor();
            await shot('login');
            await page.getByLabel('Password').fill(PASSWORD);
            await page.keyboard.press('Enter');
            await page.getByRole('heading', { name: 'Projects' }).waitFor();
            if (look === 'dark') assert.equal(page.url(), `${url}/?project`);
            await page.getByLabel('Name').fill(`mnist-${look}`);
            await page.keyboard.press('Enter');
            await page.getByText(`root/projects/mnist-${look}`).waitFor();
            await page.getByLabel('What for').fill('a laptop');
            await page.keyboard.press('Enter');
            const said = await page.getByText('it is not shown again').textContent();
            const key = said.match(/lw-\w{40}/)[0];
            const me = await fetch(`${url}/api/v1/user/`, { headers: { Authorization: `apikey ${key}` } });
            assert.equal((await me.json()).username, 'root');
            await shot('home');
            assert.equal(await page.evaluate(() => document.cookie.includes('labwright=')), false);
            assert.deepEqual(problems, []);
        } finally {
            await context.close();
        }
    });
