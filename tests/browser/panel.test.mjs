// A page of a workspace of a hub: its bar, panel, meters, banner, and what happens on a switch, a restart and a stop.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { FakeHub } from './fakehub.mjs';
import { eventually, scenario, suite } from './lab.mjs';

const skip = process.env.LW_REF ? 'the reference server does not have our extension' : false;
const lab = suite({ config: { ServerApp: { tornado_settings: { page_config_data: { labwrightWorkspace: '1' } } } } });
const plain = suite();
let hub;

// PREPARE: before the page is opened.
function person (name, run, { theme = 'JupyterLab Light', width = 1280, prepare } = {}) {
    test(name, { timeout: 300000, skip }, async () => {
        hub = await FakeHub.start(lab.server.url);
        prepare?.();
        const context = await lab.browser.newContext({ viewport: { width, height: 800 } });
        await context.grantPermissions(['clipboard-read', 'clipboard-write']);
        const page = await lab.open('lab', context, hub.url);
        try {
            await lab.command(page, 'apputils:change-theme', { theme });
            await page.locator('.lw-TopBar', { hasText: 'mnist' }).waitFor();
            await run(page);
        } catch (e) {
            await lab.shot(page, `failed-${name.replace(/[^a-z0-9]+/gi, '-')}`).catch(() => {});
            if (page.complaints.length) e.message += `\ncomplaints: ${page.complaints.join('\n')}`;
            await context.close();
            await hub.end();
            throw e;
        }
        await lab.done(page).finally(() => hub.end());
    });
}

// A sample each ten seconds, until now.
function hour (more) {
    const now = Math.floor(Date.now() / 1000);
    return Array.from({ length: 360 }, (_, i) => hub.sample(now - 3600 + 10 * i, more));
}

const bar = page => page.locator('.lw-TopBar');
const panel = page => page.locator('.lw-Panel');

// It opens when the hub has said which machines there are.
async function machineMenu (page) {
    await bar(page).locator('.lw-TopBar-machine').click();
    const menu = page.locator('.lm-Menu.lw-MachineMenu');
    await menu.waitFor();
    return menu;
}

async function choose (page, machine) {
    await (await machineMenu(page)).locator('.lm-Menu-item', { hasText: machine }).click();
    return lab.dialog(page, 'Switch or Restart');
}

person('the bar tells name, environment, machine, time and state', async page => {
    hub.pause_ms = 300; // what is not waited for is not there yet
    const text = async () => (await bar(page).innerText()).replace(/\s+/g, ' ');
    await eventually(async () => assert.match(await text(), /^« mnist pytorch-2\.5 cpu 1:0[23]:\d\d Running Shut Down$/));
    assert.equal(await bar(page).locator('a').getAttribute('href'), hub.workspace.page_url);
    const before = await bar(page).locator('.lw-TopBar-time').innerText();
    await eventually(async () => assert.notEqual(await bar(page).locator('.lw-TopBar-time').innerText(), before));
    const menu = await machineMenu(page);
    assert.deepEqual((await menu.locator('.lm-Menu-itemLabel').allInnerTexts()).filter(Boolean), [...hub.machines.map(m => m.title),
        'Switch Machine or Restart…', 'Shut Down Workspace…', 'Workspace Settings and Help', 'Page of This Workspace']);
    assert.equal(await menu.locator('.lm-mod-toggled .lm-Menu-itemLabel').innerText(), hub.machines[0].title);
    await lab.shot(page, 'panel-menu');
    await eventually(() => assert.equal(hub.listeners.size, 1));
    hub.become({ name: 'renamed' });
    await bar(page).getByText('renamed').waitFor();
});

for (const [look, theme, width] of [['light', 'JupyterLab Light', 1280], ['dark', 'JupyterLab Dark', 800],
    ['contrast', 'JupyterLab Dark High Contrast', 1280], ['light-narrow', 'JupyterLab Light', 800]])
    person(`settings and help, ${look}`, async page => {
        await lab.command(page, 'labwright:show-workspace-panel');
        await panel(page).locator('.lw-Config', { hasText: 'env: pytorch-2.5' }).waitFor();
        await panel(page).locator('select').selectOption({ label: '2 hours' });
        await lab.shot(page, `panel-settings-${look}`);
        await panel(page).getByRole('button', { name: 'Save' }).click();
        await panel(page).getByText('Saved.').waitFor();
        assert.deepEqual(hub.calls, ['PUT settings {"idle_timeout_seconds":7200}']);
        await panel(page).locator('select').selectOption({ label: 'Never' });
        await panel(page).getByRole('button', { name: 'Save' }).click();
        await eventually(() => assert.equal(hub.workspace.idle_timeout_seconds, null));
        await panel(page).getByRole('button', { name: 'Copy to Clipboard' }).click();
        await panel(page).getByText('Copied').waitFor();
        assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^env: pytorch-2\.5\ninput:\n.*\n.*\nmachine: cpu\n$/);
        await panel(page).getByRole('tab', { name: 'Settings' }).press('ArrowRight');
        await panel(page).getByRole('heading', { name: 'Another machine' }).waitFor();
        assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Help');
        await lab.shot(page, `panel-help-${look}`);
    }, { theme, width, prepare: () => { hub.samples = hour({ gpu: [{ util: 30, mem: 2e9, mem_total: 16e9 }] }); } });

person('a setting that the hub refuses is told, and the choice stays', async page => {
    await lab.command(page, 'labwright:show-workspace-panel');
    page.excused.push(/labwright\/settings/);
    hub.PUT_settings = undefined;
    await panel(page).locator('select').selectOption({ label: '1 hour' });
    await panel(page).getByRole('button', { name: 'Save' }).click();
    await panel(page).getByText('Not saved: no such call').waitFor();
    assert.equal(await panel(page).locator('select').inputValue(), '3600');
});

for (const [look, theme, width] of [['light', 'JupyterLab Light', 1280], ['dark', 'JupyterLab Dark', 800]])
    person(`an idle workspace asks whether somebody is there, ${look}`, async page => {
        const banner = page.locator('.lw-Banner');
        assert.equal(await banner.isVisible(), false);
        hub.become({ idle: { warn: true, stops_at: new Date(Date.now() + 254000).toISOString(), because: 'Nothing happened for 10 minutes.' } });
        await banner.waitFor();
        assert.match(await banner.locator('.lw-Banner-time').innerText(), /^0:0[34]:\d\d$/);
        await lab.shot(page, `panel-banner-${look}`);
        await banner.getByRole('button', { name: 'Modify Setting' }).click();
        await panel(page).getByRole('heading', { name: 'Idle Timeout' }).waitFor();
        await banner.getByRole('button', { name: "I'm Still Working" }).click();
        await banner.waitFor({ state: 'hidden' });
        assert.deepEqual(hub.calls, ['POST keepalive {}']);
    }, { theme, width });

for (const [look, theme, width] of [['light', 'JupyterLab Light', 1280], ['dark', 'JupyterLab Dark', 800]])
    person(`a session that has lasted long enough says so before its end, ${look}`, async page => {
        const banner = page.locator('.lw-Banner');
        await eventually(() => assert.equal(hub.listeners.size, 1));
        hub.workspace.session_limit = { warn: true, stops_at: new Date(Date.now() + 3000000).toISOString(), because: 'A session on cpu lasts 7 days at most.' };
        hub.tell('workspace.update', hub.workspace);
        await banner.getByText('A session on cpu lasts 7 days at most. It will be shut down in').waitFor();
        assert.match(await banner.locator('.lw-Banner-time').innerText(), /^0:49:\d\d$/);
        await lab.shot(page, `panel-limit-${look}`);
        await banner.getByRole('button', { name: 'Switch or Restart…' }).click();
        await lab.dialog(page, 'Switch or Restart').getByRole('button', { name: 'Cancel' }).click();
        hub.workspace.session_limit = null;
        hub.tell('workspace.update', hub.workspace);
        await banner.waitFor({ state: 'hidden' });
    }, { theme, width });

for (const [look, theme, width] of [['light', 'JupyterLab Light', 1280], ['dark', 'JupyterLab Dark', 800]])
    person(`meters, an hour of history, and what to make of it, ${look}`, async page => {
        const now = Math.floor(Date.now() / 1000), meter = text => page.locator('.lw-Meter-item', { hasText: text });
        await eventually(() => assert.equal(hub.listeners.size, 1));
        hub.tell('workspace.metrics', hub.sample(now, { mem: 2e9 }));
        await meter(/^RAM 25%/).waitFor();
        assert.equal(await meter('GPU').count(), 0);
        hub.tell('workspace.metrics', hub.sample(now + 1, { mem: 7.8e9, gpu: [{ util: 42, mem: 4e9, mem_total: 16e9 }] }));
        await meter(/^GPU 42%/).waitFor();
        await meter(/^GPU MEM 25%/).waitFor();
        assert.equal(await meter('RAM').locator('.lw-Dot').getAttribute('data-level'), 'alert');
        assert.equal(await meter('Disk').locator('.lw-Dot').getAttribute('data-level'), 'warning');
        assert.equal(await meter('CPU').locator('.lw-Dot').count(), 0);
        await meter('RAM').press('Enter');
        const popup = page.locator('.lw-Details');
        await popup.getByText('7.80 GB of 8.00 GB').waitFor();
        await popup.getByText('More than 95% of the memory').waitFor();
        await popup.locator('svg').hover({ position: { x: 312, y: 40 } });
        assert.match(await popup.locator('output').innerText(), /^\d+% · \d/);
        await lab.shot(page, `panel-memory-${look}`);
        await popup.getByRole('button', { name: 'Learn more' }).click();
        await popup.waitFor({ state: 'detached' });
        await panel(page).getByRole('heading', { name: 'The numbers below' }).waitFor();
        await lab.shot(page, `panel-numbers-${look}`);
    }, { theme, width, prepare: () => { hub.samples = hour(); } });

person('the use of each kernel', async page => {
    await lab.notebook(page);
    hub.tell('workspace.metrics', hub.sample(1e9));
    await page.locator('.lw-Meter-item', { hasText: 'RAM' }).click();
    await page.locator('.lw-Kernels td', { hasText: '.ipynb' }).waitFor();
    assert.match(await page.locator('.lw-Kernels td').nth(1).innerText(), /^\d.* MB$/);
    await lab.shot(page, 'panel-kernels');
});

for (const [look, theme, width] of [['light', 'JupyterLab Light', 1280], ['dark', 'JupyterLab Dark', 800]])
    person(`the meters have their place beside what a notebook shows, ${look}`, async page => {
        await lab.notebook(page);
        await eventually(() => assert.equal(hub.listeners.size, 1));
        hub.tell('workspace.metrics', hub.sample(Math.floor(Date.now() / 1000), { gpu: [{ util: 42, mem: 4e9, mem_total: 16e9 }] }));
        await page.locator('.lw-Meter-item', { hasText: /^GPU MEM 25%/ }).waitFor();
        await page.locator('.jp-StatusBar-Item', { hasText: /^Ln 1/ }).waitFor({ state: 'attached' });
        await lab.shot(page, `panel-bar-${look}`);
        const boxes = await page.locator('.lw-Meter').evaluateAll(all => all.map(n => n.getBoundingClientRect()).map(r => [r.left, r.right, r.bottom]));
        assert.equal(boxes.length, 5);
        boxes.forEach(([left, right, bottom], i) =>
            assert.ok(left >= (boxes[i - 1]?.[1] ?? 0) && right <= width && bottom <= 800, JSON.stringify(boxes)));
        assert.ok(boxes[4][1] > width - 30, 'they stand at the right end');
        assert.ok(await page.locator('.jp-Notification-Status').evaluate(n => n.getBoundingClientRect().bottom <= 800));
    }, { theme, width });

person('a page that nobody looks at listens to nothing', async page => {
    const show = hidden => page.evaluate(hidden => {
        Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
    await eventually(() => assert.equal(hub.listeners.size, 1));
    await show(true);
    await eventually(() => assert.equal(hub.listeners.size, 0));
    await show(false);
    await eventually(() => assert.equal(hub.listeners.size, 1));
});

person('a switch that loses nothing', async page => {
    const nb = await lab.notebook(page), dialog = await choose(page, 'GPU (4 cores');
    await dialog.getByText('Nothing is lost').waitFor();
    await lab.shot(page, 'panel-switch-gate');
    await dialog.getByRole('button', { name: 'Switch' }).click();
    await page.locator('.Toastify__toast', { hasText: 'Now on GPU (4 cores, 61 GB, 1 GPU). Everything went on running.' }).waitFor();
    assert.equal(hub.calls.at(-1), 'POST restart {"env":"pytorch-2.5","instance_type":"gpu"}');
    await eventually(async () => assert.equal(await bar(page).locator('.lw-TopBar-machine').innerText(), 'gpu'));
    const cell = await nb.run('6*7');
    await nb.expect(cell, /42/);
});

for (const [look, theme, width] of [['light', 'JupyterLab Light', 1280], ['dark', 'JupyterLab Dark', 800]])
    person(`a restart: what is lost is said before, and the page is back after, ${look}`, async page => {
        const nb = await lab.notebook(page);
        await nb.type('kept = 1');
        hub.plan = { layer: 'restart', because: ['python3 (pid 4711) has /dev/nvidia0 open'], lost: ['the kernel of Untitled.ipynb, which is running a cell', 'terminal 1, in which vim is open'] };
        const dialog = await choose(page, 'CPU2');
        await dialog.getByText('This cannot be done live because python3 (pid 4711) has /dev/nvidia0 open.').waitFor();
        assert.deepEqual(await dialog.locator('.lw-Plan li').allInnerTexts(), hub.plan.lost);
        await dialog.getByLabel('Environment').selectOption('default');
        await eventually(() => assert.equal(hub.calls.at(-1), 'POST restart?dry_run=1 {"env":"default","instance_type":"cpu2"}'));
        await dialog.getByText('terminal 1, in which vim is open').waitFor();
        await lab.shot(page, `panel-switch-restart-${look}`);
        await dialog.getByRole('button', { name: 'Restart' }).click();
        await page.locator('.lw-Away .lw-Pill', { hasText: 'Stopping' }).waitFor();
        assert.equal(hub.calls.at(-1), 'POST restart {"env":"default","instance_type":"cpu2"}');
        hub.become({ state: 'queued', position: 2 });
        await page.locator('.lw-Away').getByText('number 2 in the queue').waitFor();
        hub.become({ state: 'starting', position: null, progress: { step: 'data' } });
        await page.locator('.lw-Away [aria-current]', { hasText: 'Loading data' }).waitFor();
        await lab.shot(page, `panel-away-${look}`);
        hub.become({ state: 'running', progress: null, session_seconds: 0 });
        await page.locator('.Toastify__toast', { hasText: 'The workspace was restarted on cpu2 in' }).waitFor();
        await page.locator('.jp-NotebookPanel:visible .cm-content', { hasText: 'kept = 1' }).waitFor();
        await lab.shot(page, `panel-back-${look}`);
    }, { theme, width });

person('a restart in place', async page => {
    await (await machineMenu(page)).locator('.lm-Menu-item', { hasText: 'Switch Machine or Restart…' }).click();
    const dialog = lab.dialog(page, 'Switch or Restart');
    await dialog.getByText('That is the machine and the environment that it has.').waitFor();
    assert.deepEqual(await dialog.locator('.lw-Plan li').allInnerTexts(), ['Kernels end.']);
    await lab.shot(page, 'panel-restart-in-place');
    await dialog.getByLabel('Machine').selectOption('gpu');
    await dialog.getByText('Nothing is lost').waitFor();
    await dialog.getByLabel('Machine').selectOption('cpu');
    await dialog.getByText('Kernels end.').waitFor();
    await dialog.getByRole('button', { name: 'Restart' }).click();
    await page.locator('.lw-Away .lw-Pill', { hasText: 'Stopping' }).waitFor();
    assert.equal(hub.calls.at(-1), 'POST restart {"env":"pytorch-2.5","instance_type":"cpu","layer":"restart"}');
});

person('a shutdown is confirmed, and the end is told', async page => {
    await bar(page).getByRole('button', { name: 'Shut Down' }).click();
    const dialog = lab.dialog(page, 'Shut Down This Workspace?');
    await dialog.waitFor();
    await lab.shot(page, 'panel-shutdown');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    assert.deepEqual(hub.calls, []);
    hub.tell('workspace.metrics', hub.sample(Math.floor(Date.now() / 1000)));
    await page.locator('.lw-Meter-item').first().waitFor();
    await lab.command(page, 'labwright:show-workspace-panel');
    await bar(page).getByRole('button', { name: 'Shut Down' }).click();
    await lab.accept(page, 'Shut Down This Workspace?');
    await page.locator('.lw-Away .lw-Pill', { hasText: 'Stopping' }).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.lw-Away .lw-Pill', { hasText: 'Stopping' }).waitFor();
    hub.become({ state: 'stopped', reason: 'Ada shut it down.' });
    await page.locator('.lw-Away').getByText('Ada shut it down.').waitFor();
    await page.getByRole('button', { name: 'Start Again' }).waitFor();
    await page.locator('.lw-Meter-item').first().waitFor({ state: 'detached' });
    assert.equal(await page.locator('.jp-Dialog').evaluate(n => getComputedStyle(n).borderTopWidth), '0px');
    await lab.shot(page, 'panel-stopped');
    hub.become({ state: 'starting' });
    await page.locator('.lw-Away .lw-Pill', { hasText: 'Starting' }).waitFor();
    hub.become({ state: 'running', reason: '' });
    await page.locator('.Toastify__toast', { hasText: 'The workspace was started again on cpu. Files' }).waitFor();
});

scenario(plain, 'without a hub there is nothing of it, and nothing is asked', async page => {
    const asked = [];
    page.on('request', r => asked.push(r.url()));
    await plain.reload(page);
    await plain.notebook(page);
    assert.equal(await page.locator('.lw-TopBar, .lw-Panel, .lw-Meter, .lw-Banner').count(), 0);
    assert.deepEqual(asked.filter(u => /\/labwright\/(?!api)/.test(u)), []);
}, { skip });

after(() => hub?.server.listening && hub.end());
