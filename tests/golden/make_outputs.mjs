// make_outputs.mjs - what JupyterLab makes of messages: writes outputs/random.json and outputs/cases.json
//
//     node tests/golden/make_outputs.mjs web/node_modules
//
// Drives the OutputAreaModel of the installed @jupyterlab/outputarea as its widget does.  The files are committed,
// so that `make check` needs no node.
import { writeFileSync } from 'node:fs';
import { register } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

// The packages leave out ".js", as bundlers allow, and of the renderers only the model of an output is wanted.
register('data:text/javascript,' + encodeURIComponent(`
  export async function resolve(name, context, next) {
    if (name === '@jupyterlab/rendermime') name += '/lib/outputmodel.js';
    for (const end of ['', '.js', '/index.js']) try { return await next(name + end, context); } catch (e) {}
    throw new Error('no ' + name);
  }`));
const { OutputAreaModel } = await import(pathToFileURL(
  resolve(process.argv[2], '@jupyterlab/outputarea/lib/model.js')).href);

function outputs(messages) {
  const model = new OutputAreaModel();
  let displays = new Map();
  for (const { type, content } of messages) {
    const id = content.transient?.display_id;
    if (type === 'clear_output') {
      model.clear(content.wait);
      if (!content.wait) displays = new Map();
    } else if (type === 'update_display_data') {
      for (const index of displays.get(id) ?? []) model.set(index, { ...content, output_type: 'display_data' });
    } else {
      if (model.clearNext) displays = new Map();
      model.add({ ...content, output_type: type });
      if (id && type === 'display_data') displays.set(id, [...(displays.get(id) ?? []), model.length - 1]);
    }
  }
  return model.toJSON();
}

let seed = 4;
const random = n => (seed = (seed * 1103515245 + 12345) % 2147483648) && Math.floor(seed / 65536) % n;
const pick = list => list[random(list.length)];
const PIECES = ['a', 'word ', '\n', '\r', '\b', '\r\n', '\n\n', '50%|█████     |', 'ü', '汉字', '\x1b[31mred\x1b[0m',
                '\t', '"', '\\', '\u2028', '', '\b\b\b', '\r100%', 'é\r', '\n\r'];

function message() {
  const text = () => Array.from({ length: random(7) }, () => pick(PIECES)).join('');
  const bundle = () => ({ data: { 'text/plain': text(), 'application/json': { n: random(9) } }, metadata: {} });
  const id = () => ({ transient: { display_id: pick(['d1', 'd2']) } });
  switch (random(14)) {
    case 0: return { type: 'display_data', content: { ...bundle(), ...id() } };
    case 1: return { type: 'display_data', content: bundle() };
    case 2: return { type: 'update_display_data', content: { ...bundle(), ...id() } };
    case 3: return { type: 'execute_result', content: { ...bundle(), execution_count: random(9), transient: {} } };
    case 4: return { type: 'error', content: { ename: 'E', evalue: text(), traceback: [text()] } };
    case 5: return { type: 'clear_output', content: { wait: random(2) === 0 } };
    default: return { type: 'stream', content: { name: pick(['stdout', 'stdout', 'stderr']), text: text() } };
  }
}

const stream = (text, name = 'stdout') => ({ type: 'stream', content: { name, text } });
const cases = [
  [],
  [stream('one\n'), stream('two\n')],
  [stream('out'), stream('err', 'stderr'), stream('out')],
  [stream('10%\r'), stream('20%\r'), stream('100%\n')],
  [stream('long line\rshort'), stream('\rx\n')],
  [stream('ab\b\bcd'), stream('\b\b\b\b\b')],
  [stream('abc\r\bX'), stream('abcdef\r12\b'), stream('\n\b')],
  [stream('wide 😀😀\rab'), stream('\r██'), stream('\r\n')],
  [stream('first'), { type: 'clear_output', content: { wait: true } }, stream('second')],
  [stream('first'), { type: 'clear_output', content: { wait: true } }],
  [stream('first\nab'), { type: 'clear_output', content: { wait: false } }, stream('\b\b\bsecond')],
  [stream(''), stream('')],
];
const here = dirname(fileURLToPath(import.meta.url));
const write = (name, list) => writeFileSync(`${here}/outputs/${name}.json`, '[\n' + list.map(messages =>
  JSON.stringify({ messages, outputs: outputs(messages) })).join(',\n') + '\n]\n');
write('cases', cases);
write('random', Array.from({ length: 150 }, () => Array.from({ length: random(16) }, message)));
