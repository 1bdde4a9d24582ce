// lab.mjs - a server, a Chromium, and the moves of a person in JupyterLab
//
//     const lab = suite();                                    // once per file: server and browser
//     scenario(lab, 'what a person does', async page => {     // a fresh profile with the launcher showing
//         ... drive it: lab.notebook(page), lab.menu(page, 'File', …) ...
//     });                                                     // fails on a complaint of console or network
//
// Environment: LW_PYTHON (with requests and websocket-client), LABWRIGHT, LW_ENV, LW_REF=1 for the
// reference server, LW_SHOTS for screenshots, CHROMIUM.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tmpdir } from 'node:os';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';

const here = dirname(fileURLToPath(import.meta.url));
const shots = process.env.LW_SHOTS || join(tmpdir(), 'labwright-shots');
mkdirSync(shots, { recursive: true });
export const PATIENCE = Number(process.env.LW_PATIENCE || 60000);
export const isRef = !!process.env.LW_REF;

class Server {
    static async start (args = [], config = null, environ = null) {
        const s = new Server();
        s.child = spawn(process.env.LW_PYTHON || 'python3', [join(here, '../lib/serve.py'), '--expose-app-in-browser', ...args], {
            stdio: ['pipe', 'pipe', 'inherit'],
            env: { ...process.env, LW_CONFIG: JSON.stringify(config), LW_ENVIRON: JSON.stringify(environ) }
        });
        s.lines = createInterface({ input: s.child.stdout })[Symbol.asyncIterator]();
        Object.assign(s, await s.answer());
        return s;
    }
    async answer () {
        const { value, done } = await this.lines.next();
        if (done) throw new Error('the server did not start');
        return JSON.parse(value);
    }
    do (what) {
        this.child.stdin.write(JSON.stringify({ do: what }) + '\n');
        return this.answer();
    }
    async end () {
        const gone = new Promise(ok => this.child.on('exit', ok));
        this.child.stdin.end();
        await gone;
    }
    async api (method, path, body) {
        const r = await fetch(this.url + path, {
            method, headers: { Authorization: `token ${this.token}` }, body: body && JSON.stringify(body)
        });
        const text = await r.text();
        assert.ok(r.ok, `${method} ${path}: ${r.status} ${text}`);
        return text ? JSON.parse(text) : null;
    }
}

// What a clean page may still complain of (contract 9): no language-server bridge is a 404.
const allowed = [/\/lsp\/status/];

export const launch = () => chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium', headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-dev-shm-usage',
        '--disable-background-networking', '--disable-component-update', '--disable-sync']
});

export class Lab {
    async start ({ args, config, environ } = {}) {
        this.server = await Server.start(args, config, environ);
        this.browser = await launch();
    }
    async end () {
        await this.browser?.close();
        await this.server?.end();
    }

    // A new profile showing PATH of the server at URL; with the launcher unless PATH opens a document.
    async open (path = 'lab', context, url = this.server.url) {
        context ??= await this.browser.newContext({ viewport: { width: 1280, height: 800 }, acceptDownloads: true });
        const page = await context.newPage();
        page.setDefaultTimeout(PATIENCE);
        page.complaints = [];
        page.excused = [];
        const complain = (url, what) => {
            if (![...allowed, ...page.excused].some(a => a.test(url) || a.test(what))) page.complaints.push(what);
        };
        page.on('console', m => { if (m.type() === 'error') complain(m.location().url, `console: ${m.text()}`); });
        page.on('pageerror', e => complain('', `page error: ${e.stack || e}`));
        page.on('requestfailed', r => {
            // A navigation or a closed tab aborts what was under way.
            if (r.failure()?.errorText !== 'net::ERR_ABORTED')
                complain(r.url(), `${r.method()} ${r.url()}: ${r.failure()?.errorText}`);
        });
        page.on('response', r => {
            if (r.status() >= 400) complain(r.url(), `${r.request().method()} ${r.url()}: ${r.status()}`);
        });
        await page.goto(`${url}${path}?token=${this.server.token}&reset`);
        await this.ready(page);
        if (path === 'lab') await page.locator('.jp-Launcher:visible').first().waitFor();
        return page;
    }
    // Until the splash is gone and the shell stands.
    async ready (page) {
        await page.locator('#jp-main-dock-panel').waitFor();
        await page.locator('#jupyterlab-splash').waitFor({ state: 'detached' });
        await page.waitForFunction(() => window.jupyterapp?.restored.then(() => true));
    }
    async reload (page) {
        await page.reload();
        await this.ready(page);
    }
    // When nothing slides in or fades any more; not for long, as a spinner never ends.
    async shot (page, name) {
        await page.evaluate(() => Promise.race([
            Promise.allSettled(document.getAnimations().map(a => a.finished)), new Promise(ok => setTimeout(ok, 3000))
        ])).catch(() => {}); // a page that is gone has its picture refused below
        await page.screenshot({ path: join(shots, `${name}.png`) });
    }
    async done (page) {
        const complaints = page.complaints;
        await page.context().close();
        assert.deepEqual(complaints, []);
    }

    // -- moves ---------------------------------------------------------------------------------
    async launch (page, title, category = 'Notebook') {
        await page.locator(`.jp-Launcher:visible .jp-LauncherCard[data-category="${category}"]`, { hasText: title }).first().click();
    }
    async notebook (page) {
        await this.launch(page, 'Python 3');
        await page.locator('.jp-NotebookPanel:visible .jp-Cell').first().waitFor();
        await this.kernelIdle(page);
        return new Notebook(page);
    }
    // The kernel of the current document is connected, has told what it is, and is idle.
    async kernelIdle (page, timeout = PATIENCE) {
        await page.waitForFunction(() => {
            const context = window.jupyterapp.shell.currentWidget?.sessionContext;
            const kernel = context?.session?.kernel;
            return context?.isReady && kernel?.connectionStatus === 'connected' && kernel.status === 'idle'
                && kernel.info.then(() => true);
        }, null, { timeout });
    }
    async command (page, id, args = {}) {
        return await page.evaluate(async ([id, args]) => { await window.jupyterapp.commands.execute(id, args); }, [id, args]);
    }
    // "File", "Save Notebook As…"
    async menu (page, ...labels) {
        await page.locator('#jp-MainMenu .lm-MenuBar-item', { hasText: labels[0] }).first().click();
        for (const label of labels.slice(1)) {
            const item = page.locator('.lm-Menu:visible .lm-Menu-item', { hasText: label }).first();
            await item.hover();
            await item.click();
        }
    }
    dialog (page, text) {
        return page.locator('.jp-Dialog', { hasText: text });
    }
    async accept (page, text) {
        const d = this.dialog(page, text);
        await d.waitFor();
        await d.locator('.jp-mod-accept').click();
        await d.waitFor({ state: 'detached' });
    }
    // Open PATH (in the root directory) from the file browser by a double click.
    async openFile (page, name) {
        await this.command(page, 'filebrowser:refresh');
        await page.locator('.jp-DirListing-item', { hasText: name }).first().dblclick();
    }
}

export class Notebook {
    constructor (page) {
        this.page = page;
        this.panel = page.locator('.jp-NotebookPanel:visible');
    }
    cell (n) {
        return this.panel.locator(`.jp-Cell[data-windowed-list-index="${n}"]`);
    }
    // Type CODE into the active cell and press Shift+Enter; the cell is the result, still running perhaps.
    async submit (code) {
        const n = await this.type(code);
        await this.page.keyboard.press('Shift+Enter');
        return this.cell(n);
    }
    async type (code) {
        const active = this.panel.locator('.jp-Cell.jp-mod-active');
        const n = Number(await active.getAttribute('data-windowed-list-index'));
        await active.locator('.cm-content').click();
        await this.page.keyboard.press('Control+a');
        await this.page.keyboard.insertText(code);
        return n;
    }
    // As submit, and wait until it has run.
    async run (code) {
        const cell = await this.submit(code);
        await this.ran(cell);
        return cell;
    }
    // The prompt's element is replaced when it changes: ask for it anew each time.
    async ran (cell) {
        await eventually(async () => assert.match(await cell.locator('.jp-InputPrompt').innerText({ timeout: 1000 }), /\[\d+\]/));
    }
    async expect (cell, what) {
        await eventually(async () => {
            const texts = await cell.locator('.jp-OutputArea-output').allInnerTexts();
            assert.match(texts.join('\n'), what);
        });
    }
    async save () {
        await this.page.keyboard.press('Control+s');
        await this.page.waitForFunction(() => !document.querySelector('.jp-mod-current.jp-mod-dirty'));
    }
}

// Call CHECK until it does not throw; its last error ends the test.
export async function eventually (check, timeout = PATIENCE) {
    for (const end = Date.now() + timeout; ;) {
        try {
            return await check();
        } catch (e) {
            if (Date.now() > end) throw e;
        }
        await new Promise(ok => setTimeout(ok, 100));
    }
}

// A server and a browser for the tests of one file.
export function suite (options) {
    const lab = new Lab();
    before(() => lab.start(options), { timeout: 120000 });
    after(() => lab.end());
    return lab;
}

// One test on a page of its own; a failure leaves a screenshot.
export function scenario (lab, name, run, options = {}) {
    test(name, { timeout: 300000, ...options }, async t => {
        const page = await lab.open();
        try {
            await run(page, t);
        } catch (e) {
            const to = `failed-${name.replace(/[^a-z0-9]+/gi, '-')}`;
            await lab.shot(page, to).catch(() => {});
            writeFileSync(join(shots, `${to}.log`), (await lab.server.do('log')).log);
            if (page.complaints.length) e.message += `\ncomplaints: ${page.complaints.join('\n')}`;
            await page.context().close();
            throw e;
        }
        await lab.done(page);
    });
}
