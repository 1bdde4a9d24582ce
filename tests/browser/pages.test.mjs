// The server's own pages: login, logout, errors; in light and dark, and on a narrow screen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PATIENCE, isRef, suite } from './lab.mjs';

const lab = suite();
const skip = isRef && 'the reference server has its own pages';

// RUN with a page that is not logged in, once for each look.
function looks (name, run) {
    for (const [look, colorScheme, width] of [['light', 'light', 1280], ['dark', 'dark', 1280], ['narrow', 'light', 360]])
        test(`${name}, ${look}`, { timeout: 300000, skip }, async () => {
            const context = await lab.browser.newContext({ colorScheme, viewport: { width, height: 640 } });
            const page = await context.newPage();
            page.setDefaultTimeout(PATIENCE);
            try {
                await run(page, shot => looksRight(page, `${shot}-${look}`));
            } finally {
                await context.close();
            }
        });
}

// Nothing reaches over the side, every text is legible on what is behind it, the logo is there.
async function looksRight (page, shot) {
    await page.waitForFunction(() => [...document.images].every(i => i.complete));
    await lab.shot(page, shot);
    const wrong = await page.evaluate(() => {
        const bad = [], root = document.documentElement;
        if (root.scrollWidth > root.clientWidth) bad.push(`${root.scrollWidth} of ${root.clientWidth} pixels wide`);
        for (const i of document.images) if (!i.naturalWidth) bad.push(`no picture: ${i.src}`);
        const parts = color => color.match(/[\d.]+/g).map(Number);
        const luminance = color => parts(color).slice(0, 3)
            .map(c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
            .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
        const behind = e => {
            for (; e; e = e.parentElement) {
                const color = getComputedStyle(e).backgroundColor;
                if ((parts(color)[3] ?? 1) === 1) return color;
            }
            return matchMedia('(prefers-color-scheme: dark)').matches ? 'rgb(18, 18, 18)' : 'rgb(255, 255, 255)';
        };
        const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        for (let t; (t = texts.nextNode());) {
            if (!t.data.trim() || !t.parentElement.checkVisibility()) continue;
            const [a, b] = [getComputedStyle(t.parentElement).color, behind(t.parentElement)].map(luminance);
            const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            if (contrast < 4.5) bad.push(`contrast ${contrast.toFixed(1)}: ${t.data.trim()}`);
        }
        return bad;
    });
    assert.deepEqual(wrong, []);
}

looks('login', async (page, looksRight) => {
    await page.goto(`${lab.server.url}lab`);
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    await looksRight('login');
    await page.fill('#password_input', 'not the token');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    await looksRight('login-refused');
    await page.fill('#password_input', lab.server.token);
    await page.click('#login_submit');
    await page.locator('#jp-main-dock-panel').waitFor(); // where it was going
    await page.goto(`${lab.server.url}logout`);
    await page.getByRole('heading', { name: 'Logged out' }).waitFor();
    await looksRight('logout');
});

looks('errors', async (page, looksRight) => {
    await page.goto(`${lab.server.url}login`);
    const answer = page.waitForResponse(r => r.request().method() === 'POST');
    await page.evaluate(() => {
        document.querySelector('[name=_xsrf]').value = '';
        document.querySelector('#password_input').value = 'x';
        document.querySelector('form').submit();
    });
    assert.equal((await answer).status(), 403);
    await page.getByRole('heading', { name: '403' }).waitFor();
    await looksRight('error-403');
    assert.equal((await page.goto(`${lab.server.url}no/such?token=${lab.server.token}`)).status(), 404);
    await looksRight('error-404');
    assert.equal((await page.goto(`${lab.server.url}files/${'long-name '.repeat(20)}?token=${lab.server.token}`)).status(), 404);
    await looksRight('error-404-file');
});
