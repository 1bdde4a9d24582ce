// What breaks under a hub, on its pages: a full disk, a damaged database, an environment that is gone, a git server that hangs, no
// free machine, no spawner.  Each is told with what to do, and gone from the page when it is mended, without a reload.
// With LW_SHOTS a picture of each.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { Helper } from './helper.mjs';
import { isRef } from './lab.mjs';
import { look, openPage } from './page.mjs';

const PASSWORD = 'correct horse battery', FULL = /The disk of the hub is full/, NOBODY = /The spawner, which starts and ends workspaces, does not run/;
const skip = (isRef && 'the reference server has no hub')
    || (!existsSync(new URL('../../data/static/dashboard/index.html', import.meta.url)) && 'the dashboard was not built');
const options = { timeout: 240000, skip }, problems = [], session = {};
let hub, browser;
const tell = (...words) => hub.tell(...words);

before(async () => {
    if (skip) return;
    hub = await Helper.start('broken_hub.py');
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', headless: true, args: ['--no-sandbox'] });
    for (const who of ['root', 'ada']) {
        const page = await open(undefined, '/projects');
        await logIn(page, who);
        await page.getByRole('heading', { name: 'Projects', exact: true }).waitFor();
        session[who] = await page.context().storageState();
        await page.context().close();
    }
});

after(async () => {
    await browser?.close();
    await hub?.end();
});

async function logIn(page, who) {
    await page.getByLabel('Name').fill(who);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
}

const open = (who, path) => openPage(browser, path.startsWith('http') ? path : hub.said.hub + path, problems, { storageState: session[who] });
const shots = (page, name) => look(page, `broken-${name}`);

const end = (...pages) => Promise.all(pages.map(page => page.context().close()));

test('no spawner: administrators see it everywhere with what to do, people see what waits for it', options, async () => {
    await tell('create', 'runs', 'free');
    const admin = await open('root', '/projects'), banner = admin.getByRole('alert').filter({ hasText: 'The spawner does not run.' });
    await admin.getByRole('heading', { name: 'Projects', exact: true }).waitFor();
    assert.equal(await banner.count(), 0);
    await tell('gone');
    await banner.getByText('systemctl start labwright-spawner').waitFor();
    await shots(admin, 'spawner-admin');
    const { id, url } = await tell('create', 'waits', 'free');
    const page = await open('ada', `/ada/workspaces/${id}`);
    await page.getByText(NOBODY).waitFor();
    await shots(page, 'spawner-starting');
    assert.equal(await page.getByText('The spawner does not run.').count(), 0, 'what an administrator does is for administrators');
    const waiting = await open('ada', url);
    await waiting.getByRole('status').getByText(NOBODY).waitFor();
    await shots(waiting, 'spawner-waiting');
    await admin.getByRole('link', { name: 'Admin' }).click();
    await admin.getByRole('heading', { name: 'Administration' }).waitFor();
    await banner.waitFor();
    await shots(admin, 'spawner-now');
    await tell('back');
    await banner.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Open' }).waitFor();
    await end(admin, page, waiting);
});

test('no free machine: the place in the line and the reason, and it comes forward by itself', options, async () => {
    await tell('create', 'has it');
    await tell('create', 'before');
    const { id, url } = await tell('create', 'queued');
    const page = await open('ada', `/ada/workspaces/${id}`), waiting = await open('ada', url);
    await page.getByText('Number 2 in the queue. All machines of kind cpu are in use (1 of 1)').waitFor();
    await waiting.getByText('All machines of kind cpu are in use (1 of 1); number 2 in the queue').waitFor();
    await shots(page, 'slot-page');
    await shots(waiting, 'slot-waiting');
    const admin = await open('root', '/admin/machines');
    await admin.getByText('all of them are in use').waitFor();
    await shots(admin, 'slot-admin');
    await tell('stop', 'before');
    await page.getByText('Number 1 in the queue.').waitFor();
    await waiting.getByText('next in the queue').waitFor();
    await tell('stop', 'has it');
    await page.getByRole('button', { name: 'Open' }).waitFor();
    await tell('stop', 'queued');
    await end(page, waiting, admin);
});

test('an environment that is gone: which there are, and again as soon as it is back', options, async () => {
    const { id } = await tell('create', 'environment', 'free');
    const page = await open('ada', `/ada/workspaces/${id}`);
    await page.getByRole('button', { name: 'Open' }).waitFor();
    await tell('stop', 'environment');
    const resume = page.getByRole('button', { name: 'Resume' });
    await resume.waitFor();
    await tell('hide');
    await resume.click();
    await page.getByRole('alert').getByText("There is no environment 'mine' here. These are there:").waitFor();
    await page.getByRole('alert').getByText('python3. Your files are as they were.').waitFor();
    await shots(page, 'environment');
    await tell('show');
    await resume.click();
    await page.getByRole('button', { name: 'Open' }).waitFor();
    await end(page);
});

test('a git server that hangs: it is said, and nobody has to wait for it', options, async () => {
    const { url } = await tell('url_that_hangs');
    const page = await open('ada', `/run?template=${encodeURIComponent(url)}`);
    await page.getByText('Looking at the repository…').waitFor();
    assert.ok(await page.getByRole('button', { name: 'Create project' }).isEnabled());
    await shots(page, 'git-looking');
    await page.getByRole('alert').getByText('sends nothing any more: try again later').waitFor({ timeout: 90000 });
    await shots(page, 'git');
    await end(page);
});

test('a damaged database: what to do is said where something was to be shown or done', options, async () => {
    const page = await open('ada', '/projects'), loaded = await open('ada', '/projects'), words = /database is damaged.*labwright restore/;
    await page.getByRole('heading', { name: 'Projects', exact: true }).waitFor();
    await loaded.getByRole('heading', { name: 'Projects', exact: true }).waitFor();
    await tell('damage');
    try {
        await page.getByRole('link', { name: 'New project' }).first().click();
        await page.getByLabel('Name', { exact: true }).fill('on-a-damaged-database');
        await page.getByRole('button', { name: 'Create project' }).click();
        await page.getByRole('alert').getByText(words).waitFor();
        await shots(page, 'database-form');
        await loaded.reload();
        await loaded.getByText(words).waitFor();
        await shots(loaded, 'database-page');
    } finally {
        await tell('mend');
    }
    await page.getByRole('button', { name: 'Create project' }).click();
    await page.getByRole('heading', { name: 'on-a-damaged-database' }).waitFor();
    await loaded.reload();
    await loaded.getByRole('heading', { name: 'Projects', exact: true }).waitFor();
    await end(page, loaded);
});

test('a full disk: it is said where something was to be kept, and it goes on when there is room', options, async t => {
    if (!hub.said.disk) return t.skip('needs root to mount a small disk');
    const page = await open('ada', '/projects/create');
    await page.getByLabel('Name', { exact: true }).fill('on-a-full-disk');
    await tell('fill');
    await page.getByRole('button', { name: 'Create project' }).click();
    await page.getByRole('alert').getByText(FULL).waitFor();
    await shots(page, 'disk-create');
    const admin = await open('root', '/projects');
    await admin.getByRole('alert').getByText('make room where its state is').waitFor();
    await shots(admin, 'disk-admin');
    const login = await open(undefined, '/login');
    await logIn(login, 'ada');
    await login.getByRole('alert').getByText(FULL).waitFor();
    await shots(login, 'disk-login');
    await tell('free');
    await page.getByRole('button', { name: 'Create project' }).click();
    await page.getByRole('heading', { name: 'on-a-full-disk' }).waitFor();
    await login.keyboard.press('Enter');
    await login.getByRole('heading', { name: 'Projects', exact: true }).waitFor();
    await end(page, admin, login);
});

test('no page complained', options, () => assert.deepEqual(problems, []));
