// The dashboard: set-up, projects, a workspace's life, API keys, administration; by keyboard, light and dark, wide and narrow.
// With LW_SHOTS each page is left as a picture.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { isRef } from './lab.mjs';
import { look, openPage } from './page.mjs';

const program = process.env.LABWRIGHT || new URL('../../build/labwright', import.meta.url).pathname;
const here = name => new URL(name, import.meta.url).pathname;
const PASSWORD = 'correct horse battery';
const skip = (isRef && 'the reference server has no hub')
    || (!existsSync(here('../../data/static/dashboard/index.html')) && 'the dashboard was not built');
const MACHINES = `default: cpu
machines:
  cpu: {title: CPU, cpus: 1, memory: 1G, slots: 0, aliases: [c1]}
  big: {title: Large, cpus: 2, memory: 2G, slots: 1}
  gpu: {title: GPU with a very long title that has to fit somehow, cpus: 2, memory: 4G, slots: 1, devices: [/dev/labwright-no-such-device]}
`;
const LONG = 'an-uncommonly-long-name-of-a-project-that-nobody-types-twice';
let dir, hub, spawner, browser, url, token, session;
const problems = [];

async function startHub(port) {
    const child = spawn(program, ['serve', '--hub', '--state', join(dir, 'state'), '--port', String(port)], { stdio: ['ignore', 'pipe', 'ignore'] });
    let printed = '';
    for await (const text of child.stdout) {
        printed += text;
        if (port ? /is at http/.test(printed) : /setup\?token=\w+\n/.test(printed)) break;
    }
    child.stdout.resume();
    return [child, printed];
}

async function end(child) {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
}

before(async () => {
    if (skip) return;
    dir = mkdtempSync(join(tmpdir(), 'lwdash-'));
    chmodSync(dir, 0o711); // a hub that root starts is another uid's
    mkdirSync(join(dir, 'state'), { mode: 0o711 });
    writeFileSync(join(dir, 'state/machines.yml'), MACHINES);
    spawner = spawn('python3', [here('../lib/plain_spawner.py'), '--state', join(dir, 'state'), '--program', program], { stdio: ['ignore', 'inherit', 'inherit'] });
    let printed;
    [hub, printed] = await startHub(0);
    url = printed.match(/is at (\S+)\//)[1];
    token = printed.match(/setup\?token=(\w+)/)[1];
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', headless: true, args: ['--no-sandbox'] });
});

after(async () => {
    await browser?.close();
    spawner?.kill('SIGTERM');
    if (spawner && spawner.exitCode === null && spawner.signalCode === null) await Promise.race([once(spawner, 'exit'), new Promise(done => setTimeout(done, 5000))]);
    await end(spawner);
    await end(hub);
    if (dir) rmSync(dir, { recursive: true, force: true });
});

/** A page that is logged in as root, once somebody was. */
const open = (path, options = {}) => openPage(browser, path.startsWith('http') ? path : url + path, problems, { storageState: session, ...options });
const shots = (page, name) => look(page, `dash-${name}`);

/** As a page of ours asks. */
const api = (page, method, path, body) => page.evaluate(async ([m, p, b]) => {
    const token = document.cookie.split('; ').find(c => c.startsWith('_xsrf=')).slice(6);
    const answer = await fetch(`/api/v1/${p}`, { method: m, headers: { 'X-XSRFToken': token, 'Content-Type': 'application/json' }, body: b && JSON.stringify(b) });
    if (!answer.ok) throw new Error(`${m} ${p}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? null : answer.json();
}, [method, path, body]);

const options = { timeout: 240000, skip };

test('the first account is made, and a password manager finds its fields', options, async () => {
    const page = await open(`/setup?token=${token}`);
    assert.equal(await page.getByLabel('Set-up token').inputValue(), token);
    await page.getByLabel('Name').fill('root');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByLabel('Password again').fill('another one');
    await shots(page, 'setup');
    await page.getByRole('button', { name: 'Create the account' }).click();
    await page.getByText('The two passwords differ').waitFor();
    await page.getByLabel('Password again').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'No projects yet' }).waitFor();
    await shots(page, 'projects-none');
    await page.getByRole('button', { name: 'Account of root' }).click();
    await page.getByRole('menuitem', { name: 'Log out' }).click();
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    assert.deepEqual(await page.locator('form input').evaluateAll(all => all.map(i => [i.name, i.type, i.autocomplete])),
        [['username', 'text', 'username'], ['password', 'password', 'current-password']]);
    await page.getByLabel('Name').fill('root');
    await page.getByLabel('Password').fill('not the password');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('do not belong together').waitFor();
    await shots(page, 'login');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Projects', exact: true }).waitFor();
    assert.equal(await page.evaluate(() => document.cookie.includes('labwright=')), false);
    session = await page.context().storageState();
    await page.context().close();
});

test('who is not logged in comes back to where he wanted to go', options, async () => {
    const page = await open('/settings/security', { storageState: undefined });
    await page.getByLabel('Name').fill('root');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Where you are logged in' }).waitFor();
    assert.equal(page.url(), `${url}/settings/security`);
    await shots(page, 'security');
    await page.context().close();
});

test('a project is made, described and noted, and long names fit', options, async () => {
    const page = await open('/projects');
    await page.getByRole('link', { name: 'New project' }).first().click();
    await page.getByLabel('Name').fill('mnist');
    await page.getByLabel('Description').fill('Digits, and what reads them');
    await shots(page, 'create-project');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'mnist' }).waitFor();
    assert.equal(page.url(), `${url}/root/projects/mnist`);
    await shots(page, 'project-empty');
    await page.getByRole('button', { name: 'Write notes' }).click();
    await page.getByLabel('Notes').fill('# Plan\n\n- read **all** of `data`\n- [ ] train\n\n<img src=x onerror=alert(1)>\n\n[bad](javascript:alert(1)) and [good](https://example.org/)\n\n| a | b |\n|---|---|\n| 1 | 2 |\n');
    await page.getByRole('button', { name: 'Save notes' }).click();
    await page.locator('.markdown h2', { hasText: 'Plan' }).waitFor();
    assert.equal(await page.locator('.markdown img').count(), 0);
    assert.deepEqual(await page.locator('.markdown a').evaluateAll(all => all.map(a => a.href)), ['https://example.org/']);
    await page.getByRole('button', { name: 'Edit description and tags' }).click();
    await page.getByLabel('Tags').fill('vision, small, vision');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.locator('.tags li').first().waitFor();
    assert.deepEqual(await page.locator('.tags li').allTextContents(), ['vision', 'small']);
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('radio', { name: /Public/ }).check();
    await page.locator('form', { hasText: 'Visibility' }).getByRole('button', { name: 'Save' }).click();
    await page.getByText('The project is public now').waitFor();
    await shots(page, 'project-settings');
    for (const [name, description] of [[LONG, 'W'.repeat(300)], ['notes', ''], ['fish-counting', 'Counts fish in pictures from the harbour, one frame a second, since March.']])
        await api(page, 'POST', 'projects/', { name, description, tags: name === LONG ? ['a-tag-that-is-forty-characters-long-yes!'] : [] });
    await page.getByRole('link', { name: 'Projects', exact: true }).click();
    await page.getByRole('link', { name: LONG }).waitFor();
    await shots(page, 'projects');
    await page.getByRole('link', { name: LONG }).click();
    await page.getByRole('heading', { name: LONG }).waitFor();
    await shots(page, 'project-long');
    await page.context().close();
});

test('what happens elsewhere is shown without being asked for', options, async () => {
    const page = await open('/projects'), other = await open('/projects');
    await page.getByRole('link', { name: 'fish-counting' }).waitFor();
    const asked = [];
    page.on('request', request => request.url().includes('/api/') && asked.push(request.url()));
    await api(other, 'PATCH', 'projects/root/notes', { description: 'changed elsewhere' });
    await page.getByText('changed elsewhere').waitFor();
    assert.deepEqual(asked, []);
    await other.context().close();
    await page.context().close();
});

test('a workspace: created by keyboard alone, open, switched, shut down, its files, deleted', options, async () => {
    const page = await open('/root/projects/mnist');
    await page.getByRole('button', { name: 'Create workspace' }).first().focus();
    await page.keyboard.press('Enter');
    await page.locator('lw-dialog').getByText('Start from scratch').waitFor();
    await shots(page, 'create-1');
    await page.waitForFunction(() => { // the dialog takes the focus when it has been painted
        let e = document.activeElement;
        while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
        return e?.type === 'radio';
    });
    await page.keyboard.press('ArrowDown'); // to "from git"
    await page.getByRole('textbox', { name: 'Repository' }).fill('not an address');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('Give the address').waitFor();
    await shots(page, 'create-1-git');
    await page.getByRole('radio', { name: /Start from scratch/ }).focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('Enter');
    await page.getByRole('radio', { name: /^CPU/ }).waitFor();
    assert.equal(await page.getByRole('radio', { name: /GPU with/ }).isDisabled(), true);
    await shots(page, 'create-2');
    await page.getByLabel('Name').fill('first');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'first' }).waitFor();
    await page.locator('h1 lw-state[state=running]').waitFor();
    await page.getByRole('button', { name: 'Open' }).waitFor();
    await shots(page, 'workspace');
    const id = page.url().match(/run_\w+/)[0];

    await page.getByRole('button', { name: 'Switch or restart' }).click();
    await page.locator('lw-dialog').getByText('This is the machine and the environment that it has.').waitFor();
    await page.locator('lw-dialog').getByText('Kernels end, with all their variables').waitFor();
    await shots(page, 'restart-in-place');
    await page.getByRole('radio', { name: /^Large/ }).check();
    await page.locator('lw-dialog').getByText(/Nothing is lost|Files are kept/).waitFor();
    await shots(page, 'restart');
    await page.keyboard.press('Escape');
    await page.locator('lw-dialog').waitFor({ state: 'detached' });
    assert.equal(await page.evaluate(() => document.activeElement.textContent.trim()), 'Switch or restart');

    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByLabel('Shut down after').selectOption('1 hour');
    await page.locator('form', { hasText: 'When idle' }).getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved', { exact: true }).waitFor();
    assert.equal((await api(page, 'GET', `workspaces/${id}`)).idle_timeout_seconds, 3600);
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await page.locator('pre.code', { hasText: 'machine' }).waitFor();
    await shots(page, 'workspace-settings');

    await page.getByRole('link', { name: 'Workspaces', exact: false }).first().click();
    await page.getByRole('heading', { name: 'Workspaces' }).waitFor();
    await shots(page, 'workspaces');
    await page.getByRole('link', { name: 'first' }).click();
    await page.getByRole('button', { name: 'Shut down first' }).click();
    await page.getByText('Shut this workspace down?').waitFor();
    await shots(page, 'shutdown');
    await page.getByRole('button', { name: 'Shut down', exact: true }).click();
    await page.locator('h1 lw-state[state=stopped]').waitFor();
    await page.getByRole('button', { name: 'Resume' }).waitFor();
    await shots(page, 'workspace-stopped');
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Delete workspace…' }).click();
    await shots(page, 'delete');
    await page.getByRole('button', { name: 'Delete for good' }).click();
    await page.getByRole('heading', { name: 'No workspaces yet' }).waitFor();
    await page.context().close();
});

/** An item as docs/API.md says it. */
const item = more => ({ id: 'run_2', task_instance_id: 'ti', name: 'said by a stand-in', family_id: 'x', project: 'root/projects/mnist', owner: 'root', state: 'running',
    reason: '', position: null, progress: null, env: 'python3', instance_type: 'cpu', git_url: null, inputs: [], session_seconds: 3725, idle_timeout_seconds: 900, idle: null,
    size: 123456789, created: '2026-11-01T00:00:00Z', updated: '2026-11-20T00:00:00Z', began: null, ...more });

test('use, the idle countdown, the queue and files are shown as the API says them', options, async () => {
    const page = await open('/projects'), GB = 2 ** 30, end = Math.floor(Date.now() / 1000);
    let now = item({ idle: { warn: true, stops_at: new Date(Date.now() + 250000).toISOString(), because: 'No cell ran and nothing was computed for 11 minutes.' } }), kept = 0;
    await page.route('**/api/v1/workspaces/run_2', route => route.fulfill({ json: now }));
    await page.route('**/run_2/keepalive', route => { kept++; now = item({}); return route.fulfill({ status: 204 }); });
    await page.route('**/run_2/metrics*', route => route.fulfill({ json: { samples: Array.from({ length: 360 }, (_, i) => ({ t: end - 3600 + i * 10, cpu: 1 + Math.sin(i / 9) * 0.8,
        cpu_limit: 2, mem: GB * (0.4 + i / 500), mem_limit: 2 * GB, disk: 9.2 * GB, disk_limit: 10 * GB, pids: 31, pids_limit: 512, gpu: [{ util: 50 + 40 * Math.cos(i / 5), mem: 7 * GB, mem_total: 16 * GB }] })) } }));
    await page.goto(`${url}/root/workspaces/run_2`);
    await page.getByRole('alert').getByText(/shuts down in\s+0:0[34]/).waitFor();
    await page.locator('lw-chart').nth(3).waitFor();
    await shots(page, 'stand-in-running');
    await page.locator('lw-chart').first().locator('svg').focus();
    await page.keyboard.press('ArrowLeft');
    await page.getByRole('button', { name: 'I am still working' }).click();
    await page.getByRole('alert').waitFor({ state: 'detached' });
    assert.equal(kept, 1);

    now = item({ session_limit: { seconds: 604800, stops_at: new Date(Date.now() + 3000000).toISOString(), because: 'A session on cpu lasts 7 days at most.', warn: true } });
    await page.goto(`${url}/root/workspaces/run_2`);
    await page.getByRole('alert').getByText('A session on cpu lasts 7 days at most. Files are kept').waitFor();
    await page.getByRole('alert').getByText(/Shuts down in\s+0:49/).waitFor();
    await shots(page, 'stand-in-limit');

    now = item({ state: 'queued', position: 2, session_seconds: 0 });
    await page.goto(`${url}/root/workspaces/run_2`);
    await page.getByText('Number 2 in the queue').waitFor();
    await shots(page, 'stand-in-queued');
    now = item({ state: 'starting', progress: { step: 'data', percent: 40 } });
    await page.goto(`${url}/root/workspaces/run_2`);
    await page.getByText('Loading files 40 %').waitFor();
    await shots(page, 'stand-in-starting');
    now = item({ state: 'failed', reason: 'The environment python3 is not there: ask an administrator to run labwright env check.' });

    const hostile = '<img src=x onerror=alert(1)>.py', listing = files => ({ type: 'directory', name: 'home', files, total_files: files.length, skipped_files: 0 });
    const entry = (name, type, size) => ({ name, href: encodeURIComponent(name), type, size, modified: 1763900000 });
    await page.route(/\/api\/v1\/resources\//, route => {
        const where = decodeURIComponent(new URL(route.request().url()).pathname.split('/run_2')[1]);
        if (where === '') return route.fulfill({ json: listing([entry('b.txt', 'file', 12), entry('a folder', 'directory', 0), entry(hostile, 'file', 70), entry('data.bin', 'file', 9e9)]) });
        if (where === '/a folder') return route.fulfill({ json: listing([]) });
        return route.fulfill({ body: 'import os\n<script>alert(1)</script>\n\tprint(1)\n', contentType: 'text/plain' });
    });
    await page.goto(`${url}/root/workspaces/run_2`);
    await page.getByRole('alert').getByText('labwright env check').waitFor();
    await page.getByRole('button', { name: 'a folder' }).waitFor();
    assert.deepEqual(await page.locator('.files .name').allTextContents(), ['a folder', hostile, 'b.txt', 'data.bin']);
    await shots(page, 'stand-in-files');
    await page.getByRole('button', { name: hostile }).click();
    await page.getByText('<script>alert(1)</script>').waitFor();
    assert.match(await page.getByRole('link', { name: 'Download' }).getAttribute('href'), /^\/api\/v1\/resources\/run_2\/%3Cimg.*\?download=true$/);
    await shots(page, 'stand-in-file');
    await page.getByRole('button', { name: 'home' }).click();
    await page.getByRole('button', { name: 'data.bin' }).click();
    await page.getByText('too large to show').waitFor();
    await page.getByRole('button', { name: 'home' }).click();
    await page.getByRole('button', { name: 'a folder' }).click();
    await page.getByText('This folder is empty').waitFor();
    await page.context().close();
});

test('an API key is shown once, works, and is revoked', options, async () => {
    const page = await open('/settings/keys');
    await page.getByLabel('New API key, for').fill('a laptop');
    await page.keyboard.press('Enter');
    const key = await page.getByLabel('The new API key').inputValue();
    assert.match(key, /^lw-\w{40}$/);
    const ask = () => fetch(`${url}/api/v1/user/`, { headers: { Authorization: `apikey ${key}` } });
    assert.equal((await (await ask()).json()).username, 'root');
    await shots(page, 'keys');
    await page.reload();
    await page.getByRole('cell', { name: 'a laptop', exact: true }).waitFor();
    assert.equal((await page.content()).includes(key), false);
    await page.getByRole('button', { name: 'Revoke a laptop' }).click();
    await page.getByRole('button', { name: 'Revoke', exact: true }).click();
    await page.getByRole('heading', { name: 'No API keys' }).waitFor();
    assert.equal((await ask()).status, 401);
    await page.context().close();
});

test('an admin adds a person, who cannot administer; and disables them', options, async () => {
    const page = await open('/admin/users');
    await page.getByRole('button', { name: 'Add user' }).click();
    await page.getByLabel('Name').fill('alice');
    await page.getByLabel('E-mail').fill('alice@example.org');
    await page.getByLabel('First password').fill(PASSWORD);
    await shots(page, 'admin-add');
    await page.keyboard.press('Enter');
    await page.getByRole('cell', { name: 'alice', exact: true }).waitFor();
    await shots(page, 'admin-users');
    const alice = await open('/login', { storageState: undefined });
    await alice.getByLabel('Name').fill('alice');
    await alice.getByLabel('Password').fill(PASSWORD);
    await alice.keyboard.press('Enter');
    await alice.getByRole('heading', { name: 'No projects yet' }).waitFor();
    assert.equal(await alice.getByRole('link', { name: 'Admin' }).count(), 0);
    await alice.goto(`${url}/admin`);
    await alice.getByText('This page is for administrators').waitFor();
    await page.getByRole('button', { name: 'Actions for alice' }).press('ArrowDown');
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await page.getByText('alice is disabled').waitFor();
    await alice.goto(`${url}/projects`);
    await alice.getByRole('heading', { name: 'Log in' }).waitFor();
    await alice.context().close();
    for (const [tab, wait] of [['', 'Nobody uses a machine'], ['machines', 'Large'], ['usage', 'From'], ['audit', 'user.create']]) {
        await page.goto(`${url}/admin${tab && `/${tab}`}`);
        await page.locator('.page').getByText(wait).first().waitFor();
        await shots(page, `admin-${tab || 'now'}`);
    }
    await page.context().close();
});

test('the look is chosen, kept, and there before the first paint', options, async () => {
    const page = await open('/projects');
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await background();
    await page.getByRole('button', { name: /^Look: auto/ }).click();
    await page.getByRole('button', { name: /^Look: light/ }).click();
    await page.getByRole('button', { name: /^Look: dark/ }).waitFor();
    const dark = await background();
    assert.notEqual(light, dark);
    await page.reload();
    await page.getByRole('button', { name: /^Look: dark/ }).waitFor();
    assert.equal(await background(), dark);
    await page.context().close();
});

test('an address that is nothing, and a project that is not there, say so', options, async () => {
    const page = await open('/root/projects/nonesuch');
    await page.getByRole('heading', { name: 'Not found' }).waitFor();
    await shots(page, 'not-found');
    await page.context().close();
});

test('the hub goes away and comes back: the page says so and goes on', options, async () => {
    const page = await open('/projects');
    await page.getByRole('link', { name: 'fish-counting' }).waitFor();
    await end(hub);
    await page.getByText('Reconnecting').waitFor();
    await shots(page, 'away');
    [hub] = await startHub(new URL(url).port);
    await page.getByText('Reconnecting').waitFor({ state: 'detached' });
    const other = await open('/projects');
    await api(other, 'PATCH', 'projects/root/notes', { description: 'after the restart' });
    await page.getByText('after the restart').waitFor();
    await other.context().close();
    await page.context().close();
});

test('no page broke the policy or threw', options, () => {
    assert.deepEqual(problems, []);
});
