// Nobody looks, or two look: the document on disk is right, and there is no needless question.
import assert from 'node:assert/strict';
import { eventually, scenario, suite } from './lab.mjs';
import { COUNT, NUMBERS, assertNumbers, running } from './recovery.mjs';

const skip = process.env.LW_REF ? 'the reference server records no outputs' : false;
const lab = suite();

/** A page of the same person in another tab. */
async function another (page) {
    const other = await lab.open('lab/workspaces/other', page.context());
    for (const p of [page, other]) p.excused.push(/Comm not found for comm id/);
    return other;
}

scenario(lab, 'a tab that is closed for the rest', async page => {
    const tab = await another(page);
    const nb = await running(lab, tab, 'closed.ipynb', [COUNT(60), '6 * 7']);
    await nb.printed(0, /\b5\b/);
    await tab.close();
    await eventually(() => assert.deepEqual(nb.disk().map(c => c.execution_count), [1, 2]));
    assertNumbers(nb.diskText(0), 60);
    const again = await nb.open(page);
    await again.ended(1, 2);
    assertNumbers(await again.text(0), 60);
    assert.equal(await again.isDirty, false);
    await lab.shot(page, 'closed-tab-opened-again');
}, { skip });

scenario(lab, 'closed and opened while it runs', async page => {
    const tab = await another(page);
    const nb = await running(lab, tab, 'reopened.ipynb', [COUNT(120), '6 * 7']);
    await nb.printed(0, /\b5\b/);
    await tab.close();
    const again = await nb.open(page);
    await again.printed(0, /\b5\b/);
    await again.ended(1, 2);
    assertNumbers(await again.text(0), 120);
    await page.keyboard.press('Control+s');
    await eventually(async () => assert.equal(await again.isDirty, false));
    assertNumbers(nb.diskText(0), 120);
    assert.equal(await page.locator('.jp-Dialog').count(), 0);
}, { skip });

scenario(lab, 'a second page looks on: the same lines, and only the first has changes', async page => {
    const nb = await running(lab, page, 'two.ipynb', [COUNT(120), '6 * 7']);
    await nb.printed(0, /\b5\b/);
    const tab = await another(page);
    const second = await nb.open(tab);
    await second.isRunning(1);
    await second.printed(0, /\b5\b/);
    for (const n of [nb, second]) {
        await n.ended(1, 2);
        assertNumbers(await n.text(0), 120);
    }
    assert.deepEqual([await nb.isDirty, await second.isDirty], [true, false]);
    await lab.shot(tab, 'second-page');
    // The first saves; the second, which then changes something, is not asked.
    await page.bringToFront();
    await page.keyboard.press('Control+s');
    await eventually(async () => assert.equal(await nb.isDirty, false));
    assertNumbers(nb.diskText(0), 120);
    assert.deepEqual(tab.complaints, []);
}, { skip });

scenario(lab, 'saving while it recovers keeps what was recorded', async page => {
    const nb = await running(lab, page, 'race.ipynb', [COUNT(150), '6 * 7']);
    await nb.printed(0, /\b5\b/);
    // The page is not given its outputs back yet.
    let release;
    const held = new Promise(ok => { release = ok; });
    await page.route('**/labwright/api/kernels/*/cells?*', async route => { await held; await route.continue(); });
    await lab.reload(page);
    await page.locator('.jp-NotebookPanel:visible .jp-Cell').first().waitFor();
    for (let i = 0; i < 3; i++) {
        await lab.command(page, 'docmanager:save');
        await eventually(() => assert.match(nb.diskText(0), /^0\n1\n2\n3\n4\n5\n/));
        assert.ok(NUMBERS(150).startsWith(nb.diskText(0)));
    }
    release();
    await nb.isRunning(0);
    await nb.printed(0, /\b5\b/);
    for (let before = ''; !/\b149\b/.test(before); before = nb.diskText(0)) {
        await lab.command(page, 'docmanager:save');
        const now = nb.diskText(0);
        assert.ok(now.startsWith(before) && NUMBERS(150).startsWith(now), `${now.length} after ${before.length}`);
        await page.waitForTimeout(300);
    }
    await nb.ended(1, 2);
    assertNumbers(await nb.text(0), 150);
    await lab.command(page, 'docmanager:save');
    await eventually(() => assert.deepEqual(nb.disk().map(c => c.execution_count), [1, 2]));
    assertNumbers(nb.diskText(0), 150);
    assert.equal(await page.locator('.jp-Dialog').count(), 0);
}, { skip });
