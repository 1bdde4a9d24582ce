// fakehub.mjs - stands where the gateway of a hub stands: relays to a real `labwright lab`, and answers for the workspace
//
//     const hub = await FakeHub.start(lab.server.url);
//     hub.workspace.state = 'stopping'; hub.tell('workspace.state', {});
//     hub.calls                     ['POST keepalive', …], without the reads
import { createServer, request } from 'node:http';
import { once } from 'node:events';
import { connect } from 'node:net';

const GB = 1e9;

export class FakeHub {
    static async start (upstream) {
        const hub = new FakeHub();
        hub.upstream = new URL(upstream);
        hub.server = createServer((req, res) => hub.answer(req, res));
        hub.server.on('upgrade', (req, socket, head) => hub.upgrade(req, socket, head));
        await once(hub.server.listen(0, '127.0.0.1'), 'listening');
        hub.url = `http://127.0.0.1:${hub.server.address().port}/`;
        return hub;
    }
    async end () {
        this.server.closeAllConnections();
        for (const s of this.sockets) s.destroy();
        await new Promise(ok => this.server.close(ok));
    }

    workspace = {
        id: 'run_1', task_instance_id: 'abcdefghijklmnopqrstuv', name: 'mnist', project: 'ada/projects/digits', owner: 'ada', state: 'running', reason: '',
        position: null, progress: null, env: 'pytorch-2.5', instance_type: 'cpu', session_seconds: 3725, idle_timeout_seconds: 900,
        idle: { stops_at: null, because: 'A cell of count.ipynb is running.' }, page_url: 'http://localhost:1/ada/workspaces/run_1'
    };
    plan = { layer: 'gate', because: [], lost: [] };
    machines = [
        { name: 'cpu', title: 'CPU (2 cores, 8 GB)' }, { name: 'cpu2', title: 'CPU2 (8 cores, 32 GB)' },
        { name: 'gpu', title: 'GPU (4 cores, 61 GB, 1 GPU)', gpus: 1 }
    ];
    samples = [];
    calls = [];
    pause_ms = 0; // before each answer
    listeners = new Set();
    sockets = new Set();

    // A sample of T, with some life in it.
    sample (t, more = {}) {
        return { t, cpu: 1.1 + 0.7 * Math.sin(t / 40), cpu_limit: 2, mem: (5 + Math.sin(t / 200)) * GB, mem_limit: 8 * GB, disk: 9.2 * GB,
            disk_limit: 10 * GB, pids: 12, pids_limit: 1024, gpu: null, ...more };
    }
    tell (kind, body) {
        for (const res of this.listeners)
            res.write(`event: ${kind}\ndata: ${JSON.stringify({ subject: 'run_1', at: new Date().toISOString(), body })}\n\n`);
    }
    // As a person elsewhere would see it: the item changed, and everybody is told.
    become (what) {
        Object.assign(this.workspace, what);
        this.tell('workspace.state', { state: this.workspace.state });
    }

    async answer (req, res) {
        const url = new URL(req.url, this.url), ours = url.pathname.match(/^\/labwright\/([a-z]*)$/);
        if (!ours) return this.relay(req, res);
        const call = ours[1] ?? '';
        let body = '';
        for await (const piece of req) body += piece;
        if (req.method !== 'GET') {
            this.calls.push(`${req.method} ${call}${url.search.replace(/[?&]\d+$/, '')} ${body}`); // Lab adds the time
            if (req.headers['x-labwright'] !== '1') return this.say(res, { message: 'no header', slug: 'forbidden' }, 403);
        }
        if (call === 'events') return this.stream(res);
        if (this.pause_ms) await new Promise(ok => setTimeout(ok, this.pause_ms));
        if (call === 'config') return res.writeHead(200, { 'Content-Type': 'text/yaml' }).end(
            `env: ${this.workspace.env}\ninput:\n  - destination: mnist\n    source: ada/datasets/mnist/1\nmachine: ${this.workspace.instance_type}\n`);
        const answer = this[`${req.method}_${call || 'item'}`];
        if (!answer) return this.say(res, { message: `no such call: ${req.method} ${call}`, slug: 'not_found' }, 404);
        this.say(res, answer.call(this, body ? JSON.parse(body) : null, url.searchParams));
    }
    say (res, what, status = 200) {
        res.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }).end(JSON.stringify(what));
    }
    stream (res) {
        res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
        res.write(':\n\n');
        this.listeners.add(res);
        res.on('close', () => this.listeners.delete(res));
    }
    GET_item () { return this.workspace; }
    GET_machines () { return { machines: this.machines }; }
    GET_env () { return { cpu: { 'pytorch-2.5': 'host', default: 'host' }, gpu: { 'pytorch-2.5': 'host' } }; }
    GET_metrics (_, query) { return { samples: this.samples.filter(s => s.t > Number(query.get('since') || 0)) }; }
    GET_settings () { return { idle_timeout_seconds: this.workspace.idle_timeout_seconds }; }
    PUT_settings (body) { return Object.assign(this.workspace, body); }
    POST_keepalive () {
        this.workspace.idle = { stops_at: null, because: 'Somebody said so.' };
        return {};
    }
    POST_restart ({ layer, ...wanted }, query) {
        const same = Object.entries(wanted).every(([key, value]) => this.workspace[key] === value);
        const plan = layer ? { layer, because: [], lost: ['Kernels end.'] } : same ? { layer: 'none', because: [], lost: [] } : this.plan;
        if (!query.get('dry_run')) Object.assign(this.workspace, wanted, plan.layer === 'restart' ? { state: 'stopping' } : {});
        return { ...plan, item: this.workspace };
    }
    POST_stop () {
        this.workspace.state = 'stopping';
        return this.workspace;
    }

    relay (req, res) {
        const { hostname, port } = this.upstream;
        const on = request({ hostname, port, path: req.url, method: req.method, headers: req.headers }, back => {
            res.writeHead(back.statusCode, back.headers);
            back.pipe(res);
        });
        on.on('error', () => res.destroy());
        req.pipe(on);
    }
    upgrade (req, socket, head) {
        const on = connect(this.upstream.port, this.upstream.hostname);
        const lines = [`${req.method} ${req.url} HTTP/1.1`];
        for (let i = 0; i < req.rawHeaders.length; i += 2) lines.push(`${req.rawHeaders[i]}: ${req.rawHeaders[i + 1]}`);
        on.write(lines.join('\r\n') + '\r\n\r\n');
        on.write(head);
        on.pipe(socket).pipe(on);
        for (const s of [on, socket]) {
            this.sockets.add(s);
            s.on('error', () => { on.destroy(); socket.destroy(); });
            s.on('close', () => this.sockets.delete(s));
        }
    }
}
