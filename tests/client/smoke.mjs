// smoke.mjs - JupyterLab's own client library, step by step, against a running server
//
//     LW_URL=http://127.0.0.1:8888/ LW_TOKEN=... node smoke.mjs
//
// Prints TAP.  A step that fails does not end the run unless later ones need what it makes.  Ends by
// process.exit: the library's timers would hold the process for a minute.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import coreutils from '@jupyterlab/coreutils';
import services from '@jupyterlab/services';
import WebSocket from 'ws';

const { PageConfig } = coreutils;
const { ConfigSectionManager, ContentsManager, Drive, EventManager, KernelManager, KernelSpecManager, NbConvertManager,
    ServerConnection, SessionManager, SettingManager, TerminalManager, WorkspaceManager } = services;

const baseUrl = process.env.LW_URL, token = process.env.LW_TOKEN;
for (const [k, v] of Object.entries({ baseUrl, token, terminalsAvailable: 'true', appUrl: '/lab' }))
    PageConfig.setOption(k, v);
const serverSettings = ServerConnection.makeSettings({
    baseUrl, wsUrl: baseUrl.replace(/^http/, 'ws'), token, appUrl: '/lab', appendToken: true, WebSocket, fetch
});

let count = 0, failed = 0;
async function step (name, run) {
    const begin = performance.now();
    let timer;
    const late = new Promise((_, no) => { timer = setTimeout(() => no(new Error('60 s passed')), 60000); });
    try {
        await Promise.race([run(), late]);
        console.log(`ok ${++count} - ${name} (${Math.round(performance.now() - begin)} ms)`);
    } catch (e) {
        failed++;
        console.log(`not ok ${++count} - ${name}`);
        console.log(`# ${e.stack || e}`.replace(/\n/g, '\n# '));
    } finally {
        clearTimeout(timer);
    }
}
const settled = (signal, test, what) => new Promise((ok, no) => {
    const timer = setTimeout(() => no(new Error(`never: ${what}`)), 30000);
    signal.connect(function slot (sender, value) {
        if (!test(value)) return;
        clearTimeout(timer);
        signal.disconnect(slot);
        ok(value);
    });
});

const kernelManager = new KernelManager({ serverSettings });
const sessions = new SessionManager({ serverSettings, kernelManager });
const contents = new ContentsManager({ defaultDrive: new Drive({ serverSettings }), serverSettings });

const notebook = {
    nbformat: 4, nbformat_minor: 5, metadata: {},
    cells: [{ cell_type: 'markdown', id: 'a1', metadata: {}, source: '# Déjà vu 漢字' }]
};

// -- files ---------------------------------------------------------------------------------------
await step('contents: a notebook is saved and read', async () => {
    const made = await contents.newUntitled({ type: 'notebook' });
    await contents.save(made.path, { type: 'notebook', format: 'json', content: notebook });
    const got = await contents.get(made.path);
    assert.equal(got.type, 'notebook');
    assert.equal(got.content.cells[0].source, notebook.cells[0].source);
    await contents.rename(made.path, 'smoke.ipynb');
});
await step('contents: text, with hash', async () => {
    const text = 'a\u0000b\nü 😀\n';
    await contents.save('t.txt', { type: 'file', format: 'text', content: text });
    const got = await contents.get('t.txt', { type: 'file', format: 'text', content: true, hash: true });
    assert.equal(got.content, text);
    assert.equal(got.hash_algorithm, 'sha256');
    assert.equal(got.hash, createHash('sha256').update(text).digest('hex'));
});
await step('contents: base64', async () => {
    const bytes = Buffer.from([0, 255, 254, 1, 2]).toString('base64');
    await contents.save('b.bin', { type: 'file', format: 'base64', content: bytes });
    const got = await contents.get('b.bin', { format: 'base64', content: true });
    assert.equal(got.content.replace(/\n/g, ''), bytes);
    const response = await fetch(await contents.getDownloadUrl('b.bin') + `?token=${token}`);
    assert.equal(Buffer.from(await response.arrayBuffer()).toString('base64'), bytes);
});
await step('contents: directory, rename, copy, delete', async () => {
    const dir = await contents.newUntitled({ type: 'directory' });
    await contents.rename(dir.path, 'box');
    const copy = await contents.copy('t.txt', 'box');
    assert.equal(copy.path, 'box/t.txt');
    const again = await contents.copy('t.txt', '');
    assert.equal(again.path, 't-Copy1.txt');
    assert.deepEqual((await contents.get('box')).content.map(x => x.name), ['t.txt']);
    await contents.delete('box/t.txt');
    await contents.delete('t-Copy1.txt');
    await contents.delete('box');
    await assert.rejects(contents.get('box'));
});
await step('contents: checkpoints made, listed, restored, deleted', async () => {
    await contents.save('c.txt', { type: 'file', format: 'text', content: 'one' });
    const point = await contents.createCheckpoint('c.txt');
    await contents.save('c.txt', { type: 'file', format: 'text', content: 'two' });
    assert.deepEqual((await contents.listCheckpoints('c.txt')).map(x => x.id), [point.id]);
    await contents.restoreCheckpoint('c.txt', point.id);
    assert.equal((await contents.get('c.txt')).content, 'one');
    await contents.deleteCheckpoint('c.txt', point.id);
    assert.deepEqual(await contents.listCheckpoints('c.txt'), []);
});

// -- kernels -------------------------------------------------------------------------------------
await step('kernelspecs', async () => {
    const specs = new KernelSpecManager({ serverSettings });
    await specs.ready;
    assert.ok(specs.specs.kernelspecs.python3, 'python3');
    assert.equal(specs.specs.kernelspecs.python3.language, 'python');
});

let session, kernel;
const collect = future => {
    const messages = [];
    future.onIOPub = m => { messages.push(m); };
    return future.done.then(reply => ({ messages, reply }));
};
await step('session: started', async () => {
    session = await sessions.startNew({ path: 'smoke.ipynb', name: 'smoke.ipynb', type: 'notebook', kernel: { name: 'python3' } });
    kernel = session.kernel;
    const info = await kernel.info;
    assert.equal(info.language_info.name, 'python');
    assert.equal(kernel.connectionStatus, 'connected');
});
if (!kernel) {
    console.log('# the rest needs a kernel');
    console.log(`1..${count}`);
    process.exit(1);
}
await step('session: the same path gives the same session', async () => {
    const other = await sessions.startNew({ path: 'smoke.ipynb', name: 'smoke.ipynb', type: 'notebook', kernel: { name: 'python3' } });
    assert.equal(other.id, session.id);
    assert.equal(other.kernel.id, kernel.id);
    other.dispose();
});
await step('execute: stream, result, error, display', async () => {
    let got = await collect(kernel.requestExecute({ code: 'print("hello"); 6 * 7' }));
    assert.equal(got.messages.find(m => m.header.msg_type === 'stream').content.text, 'hello\n');
    assert.equal(got.messages.find(m => m.header.msg_type === 'execute_result').content.data['text/plain'], '42');
    got = await collect(kernel.requestExecute({ code: '1/0' }));
    assert.equal(got.reply.content.status, 'error');
    assert.equal(got.messages.find(m => m.header.msg_type === 'error').content.ename, 'ZeroDivisionError');
    got = await collect(kernel.requestExecute({ code: 'from IPython.display import HTML; HTML("<b>x</b>")' }));
    assert.equal(got.messages.find(m => m.header.msg_type === 'execute_result').content.data['text/html'], '<b>x</b>');
});
await step('stdin', async () => {
    const future = kernel.requestExecute({ code: 'x = input("name? "); print("hi", x)', allow_stdin: true });
    let prompt = '', text = '';
    future.onStdin = m => {
        prompt = m.content.prompt;
        future.sendInputReply({ status: 'ok', value: 'Grace' }, m.header);
    };
    future.onIOPub = m => { if (m.header.msg_type === 'stream') text += m.content.text; };
    await future.done;
    assert.equal(prompt, 'name? ');
    assert.equal(text, 'hi Grace\n');
});
await step('complete, inspect, history, is_complete, kernel_info, comm_info', async () => {
    const done = await kernel.requestComplete({ code: 'import os; os.path.joi', cursor_pos: 22 });
    assert.ok(done.content.matches.some(m => m.endsWith('join')), JSON.stringify(done.content.matches));
    const help = await kernel.requestInspect({ code: 'print', cursor_pos: 5, detail_level: 0 });
    assert.ok(help.content.found);
    const past = await kernel.requestHistory({ output: false, raw: true, hist_access_type: 'tail', n: 3 });
    assert.equal(past.content.history.length, 3);
    assert.equal((await kernel.requestIsComplete({ code: 'for x in y:' })).content.status, 'incomplete');
    assert.equal((await kernel.requestKernelInfo()).content.language_info.name, 'python');
    assert.equal((await kernel.requestCommInfo({})).content.status, 'ok');
});
await step('comm: opened by both sides, binary buffers whole', async () => {
    await kernel.requestExecute({ code: `
def target(comm, msg):
    @comm.on_msg
    def _(m):
        b = bytes(m['buffers'][0])
        comm.send({'length': len(b), 'was': m['content']['data']['n']}, buffers=[b[::-1], b'', bytes(70000)])
get_ipython().kernel.comm_manager.register_target('smoke', target)
` }).done;
    const comm = kernel.createComm('smoke');
    const answer = new Promise(ok => { comm.onMsg = ok; });
    await comm.open({}).done;
    await comm.send({ n: 7 }, undefined, [new Uint8Array([1, 2, 3, 250]).buffer]).done;
    const m = await answer;
    assert.deepEqual(m.content.data, { length: 4, was: 7 });
    assert.deepEqual(m.buffers.map(b => b.byteLength), [4, 0, 70000]);
    const first = m.buffers[0];
    assert.deepEqual([...new Uint8Array(first.buffer ?? first, first.byteOffset ?? 0, first.byteLength)], [250, 3, 2, 1]);
    await comm.close({}).done;
});
await step('interrupt', async () => {
    const future = kernel.requestExecute({ code: 'import time\nwhile True: time.sleep(0.01)' });
    const got = collect(future);
    await settled(kernel.statusChanged, s => s === 'busy', 'busy');
    await new Promise(ok => setTimeout(ok, 300));
    await kernel.interrupt();
    assert.equal((await got).messages.find(m => m.header.msg_type === 'error').content.ename, 'KeyboardInterrupt');
});
await step('reconnect: same kernel, same variables', async () => {
    await kernel.requestExecute({ code: 'kept = 99' }).done;
    await kernel.reconnect();
    const got = await collect(kernel.requestExecute({ code: 'kept' }));
    assert.equal(got.messages.find(m => m.header.msg_type === 'execute_result').content.data['text/plain'], '99');
});
await step('restart: same id, variables gone', async () => {
    const id = kernel.id;
    await kernel.restart();
    assert.equal(kernel.id, id);
    const got = await collect(kernel.requestExecute({ code: 'kept' }));
    assert.equal(got.reply.content.ename, 'NameError');
});
await step('session: renamed, moved, another kernel', async () => {
    await session.setPath('moved.ipynb');
    await session.setName('moved');
    await sessions.refreshRunning();
    const model = await sessions.findById(session.id);
    assert.equal(model.path, 'moved.ipynb');
    assert.equal(model.name, 'moved');
    const before = session.kernel.id;
    await session.changeKernel({ name: 'python3' });
    assert.notEqual(session.kernel.id, before);
    await session.kernel.info;
    const got = await collect(session.kernel.requestExecute({ code: '1+1' }));
    assert.equal(got.messages.find(m => m.header.msg_type === 'execute_result').content.data['text/plain'], '2');
});
await step('running sessions and kernels are listed', async () => {
    await sessions.refreshRunning();
    assert.ok([...sessions.running()].some(s => s.id === session.id));
    await kernelManager.refreshRunning();
    assert.ok([...kernelManager.running()].some(k => k.id === session.kernel.id));
});

// -- the rest --------------------------------------------------------------------------------------
await step('terminal: input, resize, output, shutdown', async () => {
    const terminals = new TerminalManager({ serverSettings });
    const terminal = await terminals.startNew();
    let text = '';
    terminal.messageReceived.connect((_, m) => { if (m.type === 'stdout') text += m.content.join(''); });
    const until = async what => {
        for (const end = Date.now() + 20000; !text.includes(what);) {
            assert.ok(Date.now() < end, `no ${what} in ${JSON.stringify(text.slice(-300))}`);
            await new Promise(ok => setTimeout(ok, 20));
        }
    };
    terminal.send({ type: 'set_size', content: [33, 101, 600, 800] });
    terminal.send({ type: 'stdin', content: ['stty size; echo $((40+2))\r'] });
    await until('33 101');
    await until('42\r\n');
    await terminals.refreshRunning();
    assert.ok([...terminals.running()].some(t => t.name === terminal.name));
    await terminals.shutdown(terminal.name);
    await terminals.refreshRunning();
    assert.ok(![...terminals.running()].some(t => t.name === terminal.name));
});
await step('settings: listed, fetched, saved with their comments', async () => {
    const settings = new SettingManager({ serverSettings });
    const id = '@jupyterlab/apputils-extension:themes';
    const all = await settings.list();
    assert.ok(all.ids.length > 60, `${all.ids.length} plugins`);
    assert.ok(all.ids.includes(id));
    const raw = '{\n  // kept as typed\n  "theme": "JupyterLab Dark", /* and this */\n}';
    await settings.save(id, raw);
    const got = await settings.fetch(id);
    assert.equal(got.raw, raw);
    assert.equal(got.schema.title.length > 0, true);
    await settings.save(id, '{}');
});
await step('workspaces: saved, listed, fetched, removed', async () => {
    const spaces = new WorkspaceManager({ serverSettings });
    await spaces.save('smoke', { data: { 'layout:x': { a: 1 } }, metadata: { id: 'smoke' } });
    assert.deepEqual((await spaces.fetch('smoke')).data, { 'layout:x': { a: 1 } });
    assert.ok((await spaces.list()).ids.includes('smoke'));
    await spaces.remove('smoke');
    assert.deepEqual((await spaces.fetch('smoke')).data, {});
});
await step('events: a contents action is heard, one of ours is taken', async () => {
    const events = new EventManager({ serverSettings });
    try {
        for (const end = Date.now() + 5000; events._socket?.readyState !== 1 && Date.now() < end;)
            await new Promise(ok => setTimeout(ok, 20));
        const heard = settled(events.stream, e => e.schema_id?.includes('contents_service') && e.path === 'ev.txt'
            && e.action === 'save', 'an event for ev.txt');
        await contents.save('ev.txt', { type: 'file', format: 'text', content: 'x' });
        await heard;
    } finally {
        events.dispose();
    }
});
await step('config sections', async () => {
    const sections = new ConfigSectionManager({ serverSettings });
    const section = await sections.create({ name: 'smoke' });
    await section.update({ a: { b: 1 } });
    await section.update({ a: { c: 2 } });
    const again = await sections.create({ name: 'smoke' });
    assert.deepEqual(again.data, { a: { b: 1, c: 2 } });
});
await step('user', async () => {
    // UserManager itself wants a browser's localStorage.
    const response = await ServerConnection.makeRequest(`${baseUrl}api/me?permissions=%7B%22contents%22%3A%5B%22read%22%5D%7D`,
        {}, serverSettings);
    const me = await response.json();
    assert.ok(me.identity.username.length > 0);
    assert.deepEqual(me.permissions.contents, ['read']);
});
await step('nbconvert formats', async () => {
    const formats = await new NbConvertManager({ serverSettings }).getExportFormats();
    assert.ok('html' in formats, Object.keys(formats).join());
});
await step('shutdown: session and kernel are gone', async () => {
    const id = session.kernel.id;
    await session.shutdown();
    await kernelManager.refreshRunning();
    assert.ok(![...kernelManager.running()].some(k => k.id === id));
    await sessions.refreshRunning();
    assert.ok(![...sessions.running()].some(s => s.id === session.id));
});

console.log(`1..${count}`);
console.log(`${count - failed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
