// The whole of it, as people do it in a browser: the first account, a second person, a project, a workspace from a git
// repository, a notebook that counts and vim in a terminal while the machine changes under them and changes back, a stop, its
// files, and the next session, which finds everything.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Lab, Notebook, PATIENCE, eventually } from './lab.mjs';
import { Whole } from './whole.mjs';

const COUNTS = `import os, time
for n in range(100000):
    with open('count', 'a') as f:
        print(n, os.getpid(), time.time(), file=f)
    if n % 10 == 0: print(n, os.getpid())
    time.sleep(.1)`;
const TOLD = `rows = [line.split() for line in open('count')]
print('in order', [int(r[0]) for r in rows] == list(range(len(rows))), 'processes', len({r[1] for r in rows}), 'same', rows[-1][1] == str(os.getpid()),
      'pause', max(float(b[2]) - float(a[2]) for a, b in zip(rows, rows[1:])) < 5)`;

const lab = new Lab(), whole = new Whole('serve_flow.py');
before(() => whole.start(), { timeout: whole.patience });
after(() => whole.end());

/** A picture of each width and look; JupyterLab under a dialog keeps the look it has. */
async function shots (page, name) {
    if (!process.env.LW_SHOTS) return;
    mkdirSync(process.env.LW_SHOTS, { recursive: true });
    const jupyter = await page.locator('#jp-main-dock-panel').count() && !await page.locator('.jp-Dialog').count();
    for (const look of ['light', 'dark'])
        for (const width of [1280, 800]) {
            await page.emulateMedia({ colorScheme: look });
            await page.setViewportSize({ width, height: 800 });
            if (jupyter && width === 1280) await lab.menu(page, 'Settings', /^Theme$/, look === 'dark' ? 'JupyterLab Dark' : 'JupyterLab Light');
            await page.locator('#jupyterlab-splash').waitFor({ state: 'detached' }); // a new theme shows it
            await page.screenshot({ path: join(process.env.LW_SHOTS, `flow-${name}-${look}-${width}.png`), animations: 'disabled' });
        }
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 1280, height: 800 });
    if (jupyter) await lab.menu(page, 'Settings', /^Theme$/, 'JupyterLab Light');
}

async function somebody (problems) {
    const context = await whole.browser.newContext({ viewport: { width: 1280, height: 800 }, acceptDownloads: true });
    context.setDefaultTimeout(PATIENCE);
    context.on('page', page => {
        page.on('pageerror', e => problems.push(String(e)));
        page.on('console', m => /Content Security Policy/.test(m.text()) && problems.push(m.text()));
    });
    return context;
}

/** The terminal that shows: types LINE, and has what it prints put into a file that the page can be asked for. */
class Terminal {
    constructor (page) { this.page = page; this.n = 0; }
    async open () {
        await lab.menu(this.page, 'File', /^New$/, /^Terminal$/);
        await this.page.locator('.jp-Terminal:visible .xterm-helper-textarea').waitFor();
    }
    async type (text) {
        const area = this.page.locator('.jp-Terminal:visible .xterm-helper-textarea');
        await area.focus();
        await area.pressSequentially(text);
    }
    /** What LINE prints. */
    async run (line) {
        const name = `said-${++this.n}`;
        await this.type(`{ ${line}; } > ~/${name}.part 2>&1; mv ~/${name}.part ~/${name}\n`);
        return eventually(() => this.page.evaluate(async name => {
            const answer = await fetch(`${location.pathname.match(/^\/notebooks\/\w+\//)[0]}api/contents/home/${name}?format=text`);
            if (!answer.ok) throw new Error(`${answer.status}`);
            return (await answer.json()).content;
        }, name));
    }
}

/** The kernel of the notebook that shows. */
const idle = page => page.locator('#jp-main-statusbar').getByText('| Idle').waitFor();

async function logIn (page, name) {
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('Password').fill(whole.way.password);
    await page.keyboard.press('Enter');
}

/** By the menu of machines at the top of JupyterLab. */
async function chooseMachine (page, title) {
    await page.locator('.lw-TopBar-machine').click();
    await page.locator('.lw-MachineMenu .lm-Menu-item', { hasText: title }).click();
    return page.locator('.jp-Dialog');
}

async function switchTo (page, title, name) {
    const dialog = await chooseMachine(page, title);
    await dialog.getByText('Nothing is lost').waitFor();
    if (name === 'gpu') await shots(page, '5-switch');
    await dialog.getByRole('button', { name: 'Switch' }).click();
    await eventually(async () => assert.equal(await page.locator('.lw-TopBar-machine').innerText(), name));
}

async function begin (context) {
    const page = await context.newPage(), { url, token, password } = whole.way;
    await page.goto(`${url}/setup?token=${token}`);
    await page.getByLabel('Name').fill('root');
    await page.getByLabel('Password', { exact: true }).fill(password);
    await page.getByLabel('Password again').fill(password);
    await page.getByRole('button', { name: 'Create the account' }).click();
    await page.getByRole('heading', { name: 'No projects yet' }).waitFor();
    await page.goto(`${url}/admin/users`);
    await page.getByRole('button', { name: 'Add user' }).click();
    await page.getByLabel('Name').fill('ada');
    await page.getByLabel('First password').fill(password);
    await shots(page, '1-user');
    await page.keyboard.press('Enter');
    await page.getByRole('cell', { name: 'ada', exact: true }).first().waitFor();
    await context.close();
}

/** From the page of a workspace. */
async function openJupyter (page) {
    await page.getByRole('button', { name: 'Open' }).first().click();
    await showsJupyter(page);
}

async function showsJupyter (page) {
    await page.locator('#jp-main-dock-panel').waitFor();
    await page.locator('#jupyterlab-splash').waitFor({ state: 'detached' });
    await page.locator('.lw-TopBar').getByText('Running').waitFor();
}

test('from the first account to the next session', { timeout: 600000, skip: whole.skip }, async () => {
    const problems = [], { url, git } = whole.way;
    await begin(await somebody(problems));
    const context = await somebody(problems), page = await context.newPage(), jupyter = await context.newPage();
    try {
        await page.goto(url);
        await logIn(page, 'ada');
        await page.getByRole('heading', { name: 'No projects yet' }).waitFor();
        await page.getByRole('link', { name: 'New project' }).first().click();
        await page.getByLabel('Name').fill('mnist');
        await page.keyboard.press('Enter');
        await page.getByRole('heading', { name: 'mnist' }).waitFor();

        await page.getByRole('button', { name: 'Create workspace' }).first().click();
        await page.getByRole('radio', { name: /git/i }).check();
        await page.getByRole('textbox', { name: 'Repository' }).fill(git);
        await page.keyboard.press('Enter');
        await page.getByRole('radio', { name: /^CPU/ }).waitFor();
        await shots(page, '2-create');
        await page.getByLabel('Name').fill('digits');
        await page.keyboard.press('Enter');
        await page.locator('h1 lw-state[state=running]').waitFor();
        await shots(page, '3-workspace');

        await jupyter.goto(page.url());
        await openJupyter(jupyter);
        await jupyter.locator('.jp-DirListing-item', { hasText: 'check.py' }).waitFor();
        await lab.launch(jupyter, 'Python 3');
        const notebook = new Notebook(jupyter);
        await idle(jupyter);
        const first = await notebook.submit(COUNTS);
        await notebook.expect(first, /^0 \d+/m);
        const editor = new Terminal(jupyter), shell = new Terminal(jupyter);
        await editor.open();
        await editor.type('vi letter.txt\n');
        await jupyter.locator('.jp-Terminal:visible').getByText('~').first().waitFor().catch(() => {});
        await editor.type('iDear reader, this was never saved');
        await shell.open();
        assert.match(await shell.run('python check.py'), /device (PermissionError|FileNotFoundError)/);
        assert.match(await shell.run(`python -c "print('allocated', len(bytearray(800 << 20)))"; echo status $?`), /status 137/);
        await shots(jupyter, '4-cpu');

        await switchTo(jupyter, /^GPU/, 'gpu');
        assert.match(await shell.run('python check.py'), /device opens/);
        assert.match(await shell.run(`python -c "print('allocated', len(bytearray(800 << 20)))"`), /allocated 838860800/);
        await shots(jupyter, '6-gpu');

        await shell.type('exec 9<>/dev/fuse\n');
        await shell.run('echo ready');
        const refused = await chooseMachine(jupyter, /^CPU/);
        await refused.getByText(/fuse/).waitFor();
        await shots(jupyter, '7-refused');
        await jupyter.keyboard.press('Escape');
        await refused.waitFor({ state: 'detached' });
        await shell.type('exec 9>&-\n');
        await shell.run('echo closed');
        await switchTo(jupyter, /^CPU/, 'cpu');
        assert.match(await shell.run('python check.py'), /device (PermissionError|FileNotFoundError)/);

        assert.match(await shell.run('python -m pip install --no-index ./tiny-1.0-py3-none-any.whl'), /Successfully installed tiny-1.0/);
        await jupyter.locator('.lm-TabBar-tab', { hasText: 'Untitled.ipynb' }).click();
        await lab.menu(jupyter, 'Kernel', 'Interrupt Kernel');
        await idle(jupyter);
        const told = await notebook.run(TOLD);
        await notebook.expect(told, /in order True processes 1 same True pause True/);
        await jupyter.keyboard.press('Control+s');
        await lab.accept(jupyter, 'Rename'); // it asks once for a name
        const vi = jupyter.locator('.lm-TabBar-tab', { hasText: 'Terminal 1' }).first();
        await vi.click();
        await editor.type('\u001b:wq\n');
        assert.equal((await shell.run('cat letter.txt')).trim(), 'Dear reader, this was never saved');

        await page.bringToFront();
        await page.getByRole('button', { name: 'Shut down digits' }).click();
        await page.getByRole('button', { name: 'Shut down', exact: true }).click();
        await page.locator('h1 lw-state[state=stopped]').waitFor();
        await page.getByRole('button', { name: 'letter.txt' }).waitFor();
        await shots(page, '8-stopped');
        await page.getByRole('button', { name: 'letter.txt' }).click();
        await page.getByText('Dear reader, this was never saved').waitFor();
        await shots(page, '9-file');
        await jupyter.bringToFront();
        await shots(jupyter, '10-jupyter-stopped');

        // The page of JupyterLab that was open all the time is loaded anew by itself.
        await jupyter.evaluate(() => { window.ofTheFirstSession = true; });
        await page.bringToFront();
        await page.getByRole('button', { name: 'Resume' }).click();
        await page.locator('h1 lw-state[state=running]').waitFor();
        await jupyter.bringToFront();
        await jupyter.waitForFunction(() => !window.ofTheFirstSession);
        await showsJupyter(jupyter);
        await jupyter.locator('.lm-TabBar-tab', { hasText: 'Untitled.ipynb' }).waitFor();
        await idle(jupyter); // the layout is there as it was: from here on what is opened stays in front
        await shots(jupyter, '11-resumed');
        const again = new Terminal(jupyter);
        again.n = 100;
        await again.open();
        assert.equal((await again.run('python -c "import tiny; print(tiny.answer)"; cat letter.txt')).trim(), '42\nDear reader, this was never saved');
        assert.deepEqual(problems, []);
    } catch (e) {
        for (const [name, p] of [['dashboard', page], ['jupyter', jupyter]])
            await p.screenshot({ path: join(process.env.LW_SHOTS || '/tmp', `failed-flow-${name}.png`) }).catch(() => {});
        e.message += `\nproblems: ${problems.join('\n')}`;
        throw e;
    }
});
