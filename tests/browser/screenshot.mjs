// screenshot.mjs - makes docs/screenshot.png: JupyterLab on our server, as the README shows it
//
//     node tests/browser/screenshot.mjs docs/screenshot.png        (environment as for lab.mjs)
import { cpSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Lab, Notebook } from './lab.mjs';

const demo = join(dirname(fileURLToPath(import.meta.url)), '../../demo');
const lab = new Lab();
try {
    await lab.start();
    cpSync(demo, lab.server.root, { recursive: true });
    const page = await lab.open();
    await lab.notebook(page);
    const notebook = new Notebook(page);
    await notebook.run('import numpy as np, pandas as pd, matplotlib.pyplot as plt\npd.read_csv("cities.csv").head(4)');
    await notebook.run('x = np.linspace(0, 4 * np.pi, 400)\nfig, ax = plt.subplots(figsize=(4.6, 2.6))\n' +
        'for n in range(1, 6): ax.plot(x, np.sin(n * x) / n, label=f"n = {n}")\nax.legend(loc="upper right"); plt.show()');
    await lab.command(page, 'terminal:create-new');
    const terminal = page.locator('.jp-Terminal:visible');
    await terminal.waitFor();
    await page.evaluate(() => {
        const shell = window.jupyterapp.shell;
        shell.add(shell.currentWidget, 'main', { mode: 'split-right' });
    });
    await terminal.click();
    await page.keyboard.type('PS1="$ "; clear; ls\n');
    await page.waitForTimeout(1500);
    await page.screenshot({ path: process.argv[2] });
    await page.context().close();
} finally {
    await lab.end();
}
