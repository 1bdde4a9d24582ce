#!/usr/bin/env bash
# kill -9 of the server during vim, a running make and an open notebook: all there within 1 s, keystrokes included
. tests/accept/survive/lib.sh
export LW_WITHIN_MS=1000
report=$(mktemp)
pytest blackbox/test_outage.py blackbox/test_keeper_takeover.py blackbox/test_terminal_repaint.py -s | tee "$report"
./dev browser tests/browser/terminal-returns.test.mjs tests/browser/outage.test.mjs tests/browser/terminal.test.mjs | tee -a "$report"
grep -o 'after the start of the next server: .*' "$report" | while read -r line; do figure "$line"; done
figure "JupyterLab shows $(grep -o 'vim, with what was typed, [0-9]* ms' "$report") after it"
rm -f "$report"
