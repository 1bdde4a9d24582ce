// proxy.mjs - a network that can be cut: a TCP proxy on loopback
import { connect, createServer } from 'node:net';

export class Proxy {
    static async start (port) {
        const p = new Proxy();
        p.pairs = new Set();
        p.server = createServer(near => {
            const far = connect(port, '127.0.0.1');
            const pair = [near, far];
            p.pairs.add(pair);
            for (const [from, to] of [[near, far], [far, near]]) {
                from.pipe(to);
                from.on('error', () => to.destroy());
                from.on('close', () => { to.destroy(); p.pairs.delete(pair); });
            }
        });
        await new Promise(ok => p.server.listen(0, '127.0.0.1', ok));
        p.port = p.server.address().port;
        return p;
    }
    // Every connection ends at once, with a reset.
    cut () {
        for (const [near, far] of this.pairs) {
            near.resetAndDestroy();
            far.resetAndDestroy();
        }
    }
    async end () {
        this.cut();
        await new Promise(ok => this.server.close(ok));
    }
}
