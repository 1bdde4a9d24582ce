// Search, completion and inspection.
import assert from 'node:assert/strict';
import { eventually, scenario, suite } from './lab.mjs';

const lab = suite();

scenario(lab, 'search and replace in a notebook', async page => {
    const nb = await lab.notebook(page);
    await nb.run('fruit = "apple"\nprint("apple pie")');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+f');
    await page.locator('.jp-DocumentSearch-input').first().fill('apple');
    await eventually(async () => assert.match(await page.locator('.jp-DocumentSearch-index-counter').innerText(), /\/2$/));
    await page.locator('[title="Show Replace"]').click();
    await page.locator('.jp-DocumentSearch-overlay textarea[placeholder="Replace"]').fill('plum');
    await lab.shot(page, 'assist-search');
    await page.locator('.jp-DocumentSearch-overlay button', { hasText: /^Replace All$/i }).click();
    await eventually(async () => assert.match(await nb.cell(0).locator('.cm-content').innerText(), /fruit = "plum"/));
});

scenario(lab, 'completion by Tab', async page => {
    const nb = await lab.notebook(page);
    // jedi's first answer can take longer than the second that JupyterLab waits for one.
    await nb.run('%config IPCompleter.use_jedi = False\nenormous_name = 1\nenormous_nation = 2');
    await nb.type('enormous_na');
    await page.keyboard.press('Control+End');
    await nb.cell(1).locator('.jp-mod-completer-enabled').waitFor();
    await page.keyboard.press('Tab');
    const completer = page.locator('.jp-Completer:visible');
    await completer.locator('.jp-Completer-item', { hasText: 'enormous_nation' }).waitFor();
    await lab.shot(page, 'assist-completer');
    await completer.locator('.jp-Completer-item', { hasText: 'enormous_name' }).click();
    assert.match(await nb.cell(1).locator('.cm-content').innerText(), /^enormous_name$/m);
});

scenario(lab, 'inspection by Shift+Tab and in the contextual help', async page => {
    const nb = await lab.notebook(page);
    await nb.run('def cube(side):\n    "The volume of a die."\n    return side ** 3');
    await nb.type('cube(');
    await page.keyboard.press('Control+End');
    await page.keyboard.press('Shift+Tab');
    await page.locator('.jp-Tooltip', { hasText: 'The volume of a die.' }).waitFor();
    await lab.shot(page, 'assist-tooltip');
    await page.keyboard.press('Escape');
    await lab.menu(page, 'Help', 'Show Contextual Help');
    await nb.cell(1).locator('.cm-content').click();
    await page.keyboard.press('Control+Home');
    await page.keyboard.press('ArrowRight');
    await page.locator('.jp-Inspector', { hasText: 'The volume of a die.' }).waitFor();
    await lab.shot(page, 'assist-help');
});

scenario(lab, 'the command palette and a console', async page => {
    await page.keyboard.press('Control+Shift+c');
    await page.locator('.lm-CommandPalette-input').fill('new console');
    await page.locator('.lm-CommandPalette-item', { hasText: 'New Console' }).first().click();
    const select = page.locator('.jp-Dialog', { hasText: 'Select Kernel' });
    await select.locator('select').selectOption({ label: 'Python 3 (ipykernel)' });
    await select.locator('.jp-mod-accept').click();
    const prompt = page.locator('.jp-CodeConsole-promptCell .cm-content');
    await prompt.click();
    await page.waitForFunction(() => window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle');
    await page.keyboard.insertText('40 + 2');
    await page.keyboard.press('Shift+Enter');
    await page.locator('.jp-CodeConsole-content', { hasText: '42' }).waitFor();
    await lab.shot(page, 'assist-console');
});
