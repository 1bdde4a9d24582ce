// build.mjs - bundles the dashboard into data/static/dashboard: files named by their content, and .gz and .br beside them
//
// The names change with the content, so the hub lets browsers keep them for ever; only index.html is asked for again. The
// output depends on the sources and the lock file alone, not on where it is built.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const here = new URL('.', import.meta.url).pathname;
const out = process.argv[2] || join(here, '../../data/static/dashboard');
const made = [];

function put(name, data) {
    writeFileSync(join(out, name), data);
    writeFileSync(join(out, `${name}.gz`), gzipSync(data, { level: 9 }));
    writeFileSync(join(out, `${name}.br`), brotliCompressSync(data, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
    made.push([name, data.length, gzipSync(data, { level: 9 }).length]);
}

function hashed(name, data) {
    const hash = createHash('sha256').update(data).digest('hex').slice(0, 10);
    const full = name.replace(/(\.\w+)$/, `-${hash}$1`);
    put(full, data);
    return full;
}

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const common = { bundle: true, minify: true, write: false, outdir: '/', legalComments: 'none', charset: 'utf8', logLevel: 'warning', absWorkingDir: here };
const script = await build({ ...common, entryPoints: { main: 'src/main.ts' }, format: 'esm', splitting: true, target: 'es2022',
    entryNames: '[name]-[hash]', chunkNames: 'part-[hash]', metafile: true });
for (const file of script.outputFiles) put(basename(file.path), Buffer.from(file.contents));
const main = script.outputFiles.map(f => basename(f.path)).find(n => n.startsWith('main-'));
const first = Object.entries(script.metafile.outputs).find(([name]) => name.endsWith(main))[1]
    .imports.filter(i => i.kind === 'import-statement').map(i => basename(i.path));
const style = await build({ ...common, entryPoints: ['src/style.css'] });
const css = hashed('style.css', Buffer.from(style.outputFiles[0].contents));
const theme = hashed('theme.js', (await build({ ...common, bundle: false, entryPoints: ['src/theme.js'] })).outputFiles[0].contents);
const at = '/static/dashboard/';
writeFileSync(join(out, 'index.html'), `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Labwright</title>
<link rel="icon" type="image/x-icon" href="/static/favicons/favicon.ico">
<script src="${at}${theme}"></script>
<link rel="stylesheet" href="${at}${css}">
${first.map(name => `<link rel="modulepreload" href="${at}${name}">\n`).join('')}<script type="module" src="${at}${main}"></script>
</head>
<body>
<main><noscript>The pages of Labwright need JavaScript.</noscript></main>
</body>
</html>
`);
const load = made.filter(([name]) => [main, css, theme, ...first].includes(name)).reduce((sum, [, , gz]) => sum + gz, 0);
console.log(`dashboard: ${made.length} files, first load ${(load / 1024).toFixed(1)} KB compressed`);
