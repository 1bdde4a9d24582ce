// helper.mjs - a program of tests/lib that obeys lines on its standard input
//
//     const hub = await Helper.start('labs_hub.py');        hub.said is its first line
//     const { url } = await hub.tell('create', 'one');
//     await hub.end();
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export class Helper {
    static async start (name) {
        const h = new Helper();
        h.child = spawn(process.env.LW_PYTHON || 'python3', [new URL(`../lib/${name}`, import.meta.url).pathname],
            { stdio: ['pipe', 'pipe', 'inherit'] });
        h.lines = createInterface({ input: h.child.stdout })[Symbol.asyncIterator]();
        h.said = await h.answer();
        return h;
    }
    async answer () {
        const { value, done } = await this.lines.next();
        if (done) throw new Error('the helper has ended');
        return JSON.parse(value);
    }
    tell (...words) {
        this.child.stdin.write(JSON.stringify({ do: words }) + '\n');
        return this.answer();
    }
    async end () {
        const gone = once(this.child, 'exit');
        this.child.stdin.end();
        await gone;
    }
}
