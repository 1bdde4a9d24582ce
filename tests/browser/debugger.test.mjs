// The debugger stops at a breakpoint, shows variables, and goes on.
import assert from 'node:assert/strict';
import { eventually, scenario, suite } from './lab.mjs';

const lab = suite();

scenario(lab, 'a breakpoint in a cell', async page => {
    const nb = await lab.notebook(page);
    await page.locator('.jp-NotebookPanel:visible .jp-DebuggerBugButton').click();
    const n = await nb.type('a = 3\nb = a * 14\nprint(b)');
    await nb.cell(n).locator('.cm-gutter.cm-breakpoint-gutter').waitFor();
    await nb.cell(n).locator('.cm-gutter.cm-breakpoint-gutter .cm-gutterElement').nth(2).click();
    await page.locator('.jp-DebuggerBreakpoint').waitFor();
    await nb.cell(n).locator('.cm-content').click();
    await page.keyboard.press('Shift+Enter');
    // Stopped: the line is marked and the panel lists a = 3 but no b yet.
    await nb.cell(n).locator('.jp-DebuggerEditor-highlight').first().waitFor();
    const variables = page.locator('.jp-DebuggerVariables');
    await eventually(async () => assert.match(await variables.innerText(), /^a:?\s*3/m));
    assert.doesNotMatch(await variables.innerText(), /^b:?\s*42/m);
    await lab.shot(page, 'debugger-stopped');
    await lab.command(page, 'debugger:continue');
    await nb.expect(nb.cell(n), /42/);
});
