// whole.mjs - a hub with everything and a running workspace of ada's, and a Chromium (tests/lib/serve_whole.py)
//
//     const whole = new Whole();
//     before(() => whole.start(), { timeout: whole.patience });   // machines.yml, git_url, further arguments
//     after(() => whole.end());
//     test('…', { skip: whole.skip }, async () => { await page.goto(whole.way.enter); … await whole.tell({ do: 'enter' }) … });
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { launch } from './lab.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const program = process.env.LABWRIGHT || join(here, '../../build/labwright');

export class Whole {
    patience = 240000;

    constructor (script = 'serve_whole.py') {
        this.script = join(here, '../lib', script);
    }

    skip = process.getuid() !== 0 ? 'sandboxes with machines need root'
        : !existsSync(join(dirname(program), 'labwright-spawner')) ? 'labwright-spawner was not built'
            : process.env.LW_REF ? 'the reference server has no hub' : false;

    async start (...args) {
        if (this.skip) return;
        this.hub = spawn(process.env.LW_PYTHON || 'python3', [this.script, ...args],
            { stdio: ['pipe', 'pipe', 'inherit'] });
        this.lines = createInterface({ input: this.hub.stdout })[Symbol.asyncIterator]();
        this.way = await this.answer();
        this.browser = await launch();
    }

    async answer () {
        const { value, done } = await this.lines.next();
        if (done) throw new Error('the hub did not start');
        return JSON.parse(value);
    }

    tell (what) {
        this.hub.stdin.write(JSON.stringify(what) + '\n');
        return this.answer();
    }

    async end () {
        await this.browser?.close();
        if (!this.hub) return;
        this.hub.stdin.end();
        if (this.hub.exitCode === null) await once(this.hub, 'exit');
    }
}
