// The file browser: upload, download, and the viewers of what is there.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, scenario, suite } from './lab.mjs';

const lab = suite();
const digest = bytes => createHash('sha256').update(bytes).digest('hex');

scenario(lab, 'upload and download', async page => {
    const bytes = randomBytes(20 << 20); // in chunks, because larger than 15 MB
    const small = Buffer.from('déjà vu\n');
    const chosen = page.waitForEvent('filechooser');
    await page.locator('.jp-FileBrowser-toolbar [data-jp-item-name="uploader"] jp-button, .jp-FileBrowser-toolbar [data-jp-item-name="uploader"] button')
        .first().click();
    const chooser = await chosen;
    await chooser.setFiles([
        { name: 'big.bin', mimeType: 'application/octet-stream', buffer: bytes },
        { name: 'note ü.txt', mimeType: 'text/plain', buffer: small }
    ]);
    await page.locator('.jp-Dialog', { hasText: 'Large file size warning' }).locator('.jp-mod-accept').click();
    const file = join(lab.server.root, 'big.bin');
    await eventually(() => {
        assert.ok(existsSync(file));
        assert.equal(digest(readFileSync(file)), digest(bytes));
        assert.deepEqual(readFileSync(join(lab.server.root, 'note ü.txt')), small);
    });

    for (const [name, content] of [['big.bin', bytes], ['note ü.txt', small]]) {
        const item = page.locator('.jp-DirListing-item', { hasText: name });
        await item.click({ button: 'right' });
        await lab.shot(page, 'files-menu');
        const coming = page.waitForEvent('download');
        await page.locator('.lm-Menu:visible .lm-Menu-item', { hasText: /^Download$/ }).click();
        const download = await coming;
        assert.equal(download.suggestedFilename(), name);
        assert.equal(digest(readFileSync(await download.path())), digest(content));
    }
});

scenario(lab, 'new folder, rename, move to the trash', async page => {
    writeFileSync(join(lab.server.root, 'old.txt'), 'x');
    await lab.command(page, 'filebrowser:refresh');
    const item = page.locator('.jp-DirListing-item', { hasText: 'old.txt' });
    await item.click();
    await page.keyboard.press('F2');
    await page.locator('.jp-DirListing-editor').fill('new.txt');
    await page.keyboard.press('Enter');
    await page.locator('.jp-DirListing-item', { hasText: 'new.txt' }).waitFor();
    assert.ok(existsSync(join(lab.server.root, 'new.txt')));
    assert.ok(!existsSync(join(lab.server.root, 'old.txt')));
    await page.locator('.jp-DirListing-item', { hasText: 'new.txt' }).click();
    await page.keyboard.press('Delete');
    await page.locator('.jp-Dialog .jp-mod-accept').click();
    await page.locator('.jp-DirListing-item', { hasText: 'new.txt' }).waitFor({ state: 'detached' });
    assert.ok(!existsSync(join(lab.server.root, 'new.txt')));
});

scenario(lab, 'names that are long, and names of many kinds', async page => {
    const long = `${'a name as long as a name can be '.repeat(8).slice(0, 251)}.txt`;
    const names = [long, 'über-ñandú 漢字 🐢.txt', 'a&b <c> "d" %41 #1.txt', "it's; $HOME `x` ?.txt"];
    for (const name of names) writeFileSync(join(lab.server.root, name), `inside ${name}\n`);
    const editor = page.locator('.jp-FileEditor:visible .cm-content');
    for (const name of names) {
        await lab.openFile(page, name.slice(0, 40));
        await eventually(async () => assert.equal((await editor.innerText()).trim(), `inside ${name}`));
    }
    await page.goto(page.url().replace(/[?&]reset/, ''));
    await lab.ready(page);
    // The last one is shown again, found by its name.
    await eventually(async () => assert.equal((await editor.innerText()).trim(), `inside ${names.at(-1)}`));
    await lab.shot(page, 'files-names');
});

scenario(lab, 'text editor', async page => {
    writeFileSync(join(lab.server.root, 'story.txt'), 'once upon\na time\n');
    await lab.openFile(page, 'story.txt');
    const editor = page.locator('.jp-FileEditor:visible .cm-content');
    await editor.waitFor();
    assert.match(await editor.innerText(), /once upon/);
    await editor.click();
    await page.keyboard.press('Control+End');
    await page.keyboard.insertText('the end 漢字\n');
    await lab.shot(page, 'editor');
    await page.keyboard.press('Control+s');
    await eventually(() => assert.equal(readFileSync(join(lab.server.root, 'story.txt'), 'utf8'), 'once upon\na time\nthe end 漢字\n'));
});

scenario(lab, 'CSV, image, Markdown, JSON and HTML viewers', async page => {
    const put = (name, content) => writeFileSync(join(lab.server.root, name), content);
    put('towns.csv', 'town,people\n' + Array.from({ length: 3000 }, (_, i) => `town${i},${i * 7}`).join('\n') + '\n');
    put('pixel.png', Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/w38GIAXDIBKE0DHxgljNBAAO9TXL0Y4OHwAAAABJRU5ErkJggg==', 'base64'));
    put('picture.svg', '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="60"><rect width="90" height="60" fill="teal"/></svg>');
    put('notes.md', '# A title\n\nwith *stress* and ![a pixel](pixel.png)\n\n```python\nx = 1\n```\n');
    put('data.json', '{"planets": ["Mercury", "Venus"]}');
    put('page.html', '<!doctype html><title>t</title><p id=p>plain</p><script>document.getElementById("p").textContent = "script ran"</script>');

    await lab.openFile(page, 'towns.csv');
    await page.locator('.jp-CSVViewer:visible .lm-DataGrid canvas').first().waitFor();
    const rows = await page.evaluate(async () => {
        const w = window.jupyterapp.shell.currentWidget.content;
        await w.revealed;
        return w._grid.dataModel.rowCount('body');
    });
    assert.ok(rows >= 500, `${rows} rows`);
    await lab.shot(page, 'viewer-csv');

    await lab.openFile(page, 'pixel.png');
    const image = page.locator('.jp-ImageViewer:visible img');
    await image.waitFor();
    await eventually(async () => assert.equal(await image.evaluate(i => i.naturalWidth), 5));

    await lab.openFile(page, 'picture.svg');
    await eventually(async () => assert.equal(await page.locator('.jp-ImageViewer:visible img').evaluate(i => i.naturalWidth), 90));
    await lab.shot(page, 'viewer-image');

    await page.locator('.jp-DirListing-item', { hasText: 'notes.md' }).click({ button: 'right' });
    await page.locator('.lm-Menu:visible .lm-Menu-item', { hasText: 'Open With' }).hover();
    await page.locator('.lm-Menu:visible .lm-Menu-item', { hasText: 'Markdown Preview' }).click();
    const preview = page.locator('.jp-MarkdownViewer:visible');
    await preview.locator('h1', { hasText: 'A title' }).waitFor();
    assert.equal(await preview.locator('em').innerText(), 'stress');
    // A picture beside the document comes through /files, with the page's Referer instead of a token.
    await eventually(async () => assert.equal(await preview.locator('img').evaluate(i => i.naturalWidth), 5));
    await lab.shot(page, 'viewer-markdown');

    await lab.openFile(page, 'data.json');
    await page.locator('.jp-RenderedJSON:visible', { hasText: 'planets' }).waitFor();
    await lab.shot(page, 'viewer-json');

    page.excused.push(/Blocked script execution in 'blob:/); // by the viewer's sandbox, as it should
    await lab.openFile(page, 'page.html');
    const frame = page.frameLocator('.jp-HTMLViewer:visible iframe');
    await frame.locator('#p').waitFor();
    assert.equal(await frame.locator('#p').innerText(), 'plain'); // untrusted: scripts do not run
    await lab.shot(page, 'viewer-html');
});
