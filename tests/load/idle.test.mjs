// The banner over an idle workspace as a person sees it, in JupyterLab and on the dashboard, and what is said afterwards.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Lab } from '../browser/lab.mjs';
import { Whole } from '../browser/whole.mjs';

const lab = new Lab(), whole = new Whole();
before(() => whole.start(), { timeout: whole.patience });
after(() => whole.end());

test('an idle workspace', { timeout: 480000, skip: whole.skip }, async () => {
    const context = await whole.browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage(), dashboard = await context.newPage();
    for (const p of [page, dashboard]) p.setDefaultTimeout(150000);
    await dashboard.goto(`${whole.way.url}/ada/workspaces/${whole.way.id}`);
    await dashboard.getByLabel('Name').fill('ada');
    await dashboard.getByLabel('Password').fill(whole.way.password);
    await dashboard.keyboard.press('Enter');
    await page.goto(whole.way.enter);
    await page.locator('.lw-TopBar').getByText('Running').waitFor();
    assert.equal((await whole.tell({ do: 'idle', seconds: 45 })).rows, 1);
    const banner = page.locator('#labwright-idle-banner');
    await banner.getByText('This workspace is idle').waitFor();
    await dashboard.getByText('Idle: shuts down in').waitFor();
    await lab.shot(page, 'idle-banner');
    await lab.shot(dashboard, 'idle-dashboard');
    await banner.getByRole('button', { name: "I'm Still Working" }).click();
    await banner.waitFor({ state: 'hidden' });
    await dashboard.getByText('Idle: shuts down in').waitFor({ state: 'hidden' });
    await dashboard.getByText('Shut down by the idle timeout of 45 seconds').first().waitFor();
    await lab.shot(page, 'idle-ended');
    await lab.shot(dashboard, 'idle-ended-dashboard');
    const text = await dashboard.locator('body').innerText();
    assert.match(text, /no cell, no program in a terminal, no processor or GPU has been busy since you said that you are still working/);
});
