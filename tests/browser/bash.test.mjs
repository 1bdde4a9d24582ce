// The Bash kernel as the page shows it.
import assert from 'node:assert/strict';
import { Notebook, eventually, scenario, suite } from './lab.mjs';

const lab = suite();
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAABgAAAAYCAIAAABvFaqvAAAALklEQVR42mPQiDqBhu4EaKAhYtQwjBpER4PI04apZtQgeho0mrJH89qoQXQxCADxdfHf7e+L5AAAAABJRU5ErkJggg==';

async function notebook (page) {
    await lab.launch(page, 'Bash');
    await page.locator('.jp-NotebookPanel:visible .jp-Cell').first().waitFor();
    await lab.kernelIdle(page);
    return new Notebook(page);
}

scenario(lab, 'Bash: colours, an error, a picture, HTML and a question', async page => {
    await lab.shot(page, 'bash-launcher');
    const nb = await notebook(page);
    const colours = await nb.run("printf '\\033[31mred \\033[1;32mgreen \\033[44mon blue\\033[0m\\n'; echo wrong >&2; ls --color=always -d /");
    await nb.expect(colours, /red green on blue/);
    assert.ok(await colours.locator('.ansi-red-fg').count());
    const picture = await nb.run(`echo ${PNG} | base64 -d | display --width 48; echo '<b>done</b>' | display --mime html`);
    await eventually(async () => assert.equal(await picture.locator('img').evaluate(i => i.complete && i.naturalWidth), 24));
    const wrong = await nb.submit('grep -q nothing /dev/null');
    await nb.expect(wrong, /exit status 1/);
    const after = await nb.run('ls /no/such/file || echo "goes on"');
    await nb.expect(after, /goes on/);
    const question = await nb.submit('read -p "Your name: " name; echo "Hello $name"');
    await question.locator('.jp-Stdin-input').fill('Ada');
    await question.locator('.jp-Stdin-input').press('Enter');
    await nb.expect(question, /Hello Ada/);
    await lab.shot(page, 'bash-cells');
    assert.match(await page.locator('.jp-NotebookPanel:visible .jp-KernelName').innerText(), /Bash/);
});

scenario(lab, 'Bash: completion, inspection, interrupt', async page => {
    const nb = await notebook(page);
    await nb.run('enormous_name=1\nenormous_nation=2\ngreet () { echo "hello $1"; }');
    await nb.type('echo $enormous_na');
    await page.keyboard.press('Control+End');
    await nb.cell(1).locator('.jp-mod-completer-enabled').waitFor();
    await page.keyboard.press('Tab');
    const completer = page.locator('.jp-Completer:visible');
    await completer.locator('.jp-Completer-item', { hasText: 'enormous_nation' }).waitFor();
    await lab.shot(page, 'bash-completer');
    await completer.locator('.jp-Completer-item', { hasText: 'enormous_name' }).click();
    assert.match(await nb.cell(1).locator('.cm-content').innerText(), /^echo \$enormous_name$/m);
    await nb.type('greet');
    await page.keyboard.press('Control+End');
    await page.keyboard.press('Shift+Tab');
    const tip = page.locator('.jp-Tooltip:visible');
    await eventually(async () => assert.match(await tip.innerText(), /hello \$1/));
    await lab.shot(page, 'bash-inspection');
    await page.keyboard.press('Escape');
    const cell = await nb.submit('echo busy; sleep 1000');
    await nb.expect(cell, /busy/);
    await lab.command(page, 'notebook:interrupt-kernel');
    await nb.expect(cell, /^busy\s+\^C\s+interrupted$/m);
    await lab.kernelIdle(page);
    await lab.shot(page, 'bash-interrupted');
});
