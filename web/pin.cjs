// pin.cjs - write the overrides of package.json: every @jupyterlab package exactly as core-meta has it
//
//     node pin.cjs                   after a change of the Lab's version; then npm install, and commit both files
//
// Overrides count only in the workspace's root.  Direct dependencies are pinned where they are named.  The
// few packages below are missing from a version line, or need the one that upstream's own lock has.
const fs = require('node:fs');
const meta = require('@jupyterlab/core-meta/core.package.json');
const root = JSON.parse(fs.readFileSync('package.json'));
const direct = new Set(root.workspaces.flatMap(w => {
    const p = JSON.parse(fs.readFileSync(`${w}/package.json`));
    return Object.keys({ ...p.dependencies, ...p.devDependencies });
}));
root.overrides = {};
for (const [name, range] of Object.entries(meta.resolutions))
    if (name.startsWith('@jupyterlab/') && !direct.has(name) && !['@jupyterlab/metapackage', '@jupyterlab/core-meta'].includes(name))
        root.overrides[name] = range.replace(/^[~^]/, '');
Object.assign(root.overrides, {
    '@jupyterlab/nbconvert-css': '4.6.3',
    '@rspack/core': '2.2.9',
    '@microsoft/fast-foundation': '2.49.4',
    '@microsoft/fast-element': '1.12.0'
});
for (const name of direct) delete root.overrides[name];
fs.writeFileSync('package.json', JSON.stringify(root, null, 2) + '\n');
console.log(`${Object.keys(root.overrides).length} overrides`);
